package dev.selvedge.operator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ManagementTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int MORE_THAN_SOCKETS_HOLD = 32 * 1024 * 1024;

    @Test
    void tellsItsHealthWhileOthersSendHalfARequestAndDoNotRead() throws Exception {
        var asked = new CountDownLatch(1);
        try (var management = new Management(0, () -> large(asked), () -> true, () -> false);
                var http = HttpClient.newHttpClient();
                var silent = open(management);
                var deaf = open(management)) {
            say(silent, "G");
            say(deaf, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

            assertThat(status(http, management, "/health/live")).isEqualTo(200);
            assertThat(status(http, management, "/health/ready")).isEqualTo(503);
        }
    }

    /** In a process of its own: other tests may have loaded the JDK's server before, which reads its limits once. */
    @Test
    void endsAConnectionOnWhichNoWholeRequestComes() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), HalfARequest.class.getName())
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ended").isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String large(CountDownLatch asked) {
        asked.countDown();
        return "x".repeat(MORE_THAN_SOCKETS_HOLD);
    }

    private static int status(HttpClient http, Management management, String path)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management.port() + path))
                .timeout(SOON)
                .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    private static Socket open(Management management) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), management.port()));
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Ends when its connection has been ended. */
    static final class HalfARequest {
        private HalfARequest() {}

        public static void main(String[] args) throws IOException {
            try (var management = new Management(0, () -> "", () -> true, () -> true);
                    var silent = open(management)) {
                say(silent, "G");
                if (silent.getInputStream().read() >= 0) {
                    throw new IOException("answered");
                }
            }
        }
    }
}
