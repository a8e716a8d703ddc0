export { readAuthorities, readCertificate } from "../proto/certificate.ts";
