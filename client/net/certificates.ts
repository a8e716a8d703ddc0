export { readAuthorities, readCertificate } from "../../proto/identity/certificate.ts";
