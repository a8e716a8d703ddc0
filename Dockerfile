# docker build -t chat . && docker run -p 11912:11912 -v chat:/data chat
# It prints its fingerprint, and the line to join with, at its first start: docker logs.

FROM denoland/deno:2.9.6 AS build
WORKDIR /chat
COPY . .
RUN deno task compile --output /chat/chat && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /chat/chat /usr/local/bin/chat
COPY --from=build --chown=nonroot:nonroot /data /data
# The notes, and beside them the certificate and its key.
VOLUME /data
WORKDIR /data
USER nonroot
EXPOSE 11912
# Asks over TLS, as anybody may, also with --members and --password-file. With --insecure, or a
# certificate from elsewhere, say so here too (--health-cmd): chat health, or with another --ca.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s \
  CMD ["chat", "health", "--server", "localhost", "--tls", "--ca", "chat.db.crt", "--timeout", "5"]
ENTRYPOINT ["chat"]
CMD ["serve", "--host", "0.0.0.0"]
