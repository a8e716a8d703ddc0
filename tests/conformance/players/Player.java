import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A player of calls on grpc-java: see players.ts.
 *
 * <p>Usage: java -cp JARS Player HOST:PORT [CA_FILE]
 */
public final class Player {
  private static final Gson GSON = new Gson();
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  /** The messages are bytes, which the test makes and reads. */
  private static final MethodDescriptor.Marshaller<byte[]> RAW =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
          return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException error) {
            throw new IllegalStateException(error);
          }
        }
      };

  private static synchronized void report(int id, String name, Object value, String details) {
    JsonObject event = new JsonObject();
    event.addProperty("id", id);
    event.add(name, GSON.toJsonTree(value));
    if (details != null) event.addProperty("details", details);
    OUT.println(event);
  }

  private static ClientCall<byte[], byte[]> open(ManagedChannel channel, JsonObject command) {
    int id = command.get("id").getAsInt();
    Metadata metadata = new Metadata();
    if (command.has("metadata")) {
      command.getAsJsonArray("metadata").forEach(field -> {
        String name = field.getAsJsonArray().get(0).getAsString();
        String value = field.getAsJsonArray().get(1).getAsString();
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
      });
    }
    if (command.has("binary")) {
      command.getAsJsonObject("binary").entrySet().forEach(field -> metadata.put(
          Metadata.Key.of(field.getKey(), Metadata.BINARY_BYTE_MARSHALLER),
          Base64.getDecoder().decode(field.getValue().getAsString())));
    }
    CallOptions options = CallOptions.DEFAULT;
    if (command.has("timeoutNs")) {
      long ns = Long.parseLong(command.get("timeoutNs").getAsString());
      options = options.withDeadlineAfter(ns, TimeUnit.NANOSECONDS);
    }
    if (command.has("gzip")) options = options.withCompression("gzip");
    MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(RAW, RAW)
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(command.get("path").getAsString().substring(1))
        .build();
    ClientCall<byte[], byte[]> call = channel.newCall(method, options);
    call.start(new ClientCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        report(id, "message", Base64.getEncoder().encodeToString(message), null);
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        String details = status.getDescription() == null ? "" : status.getDescription();
        report(id, "code", status.getCode().value(), details);
      }
    }, metadata);
    if (command.has("gzip")) call.setMessageCompression(true);
    call.request(Integer.MAX_VALUE);
    return call;
  }

  /** Plays what standard input says. */
  public static void main(String[] args) throws Exception {
    NettyChannelBuilder builder = NettyChannelBuilder.forTarget(args[0]);
    if (args.length > 1) {
      builder.sslContext(GrpcSslContexts.forClient().trustManager(new File(args[1])).build());
    } else {
      builder.usePlaintext();
    }
    ManagedChannel channel = builder.build();
    Map<Integer, ClientCall<byte[], byte[]>> calls = new HashMap<>();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonObject command = GSON.fromJson(line, JsonObject.class);
      int id = command.get("id").getAsInt();
      if (command.has("path")) calls.put(id, open(channel, command));
      ClientCall<byte[], byte[]> call = calls.get(id);
      if (command.has("send")) {
        call.sendMessage(Base64.getDecoder().decode(command.get("send").getAsString()));
      }
      if (command.has("end")) call.halfClose();
      if (command.has("cancel")) call.cancel("cancelled by the test", null);
    }
    System.exit(0);
  }
}
