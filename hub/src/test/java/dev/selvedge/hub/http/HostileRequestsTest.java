package dev.selvedge.hub.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

import dev.selvedge.hub.Mutations;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.tls.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.assertj.core.api.Assertions.assertThat;

/** Whatever bytes come in on 443: the request is answered or its connection ends, and nobody else notices. */
class HostileRequestsTest {
    private static final int MUTATIONS = 200;
    private static final String CALL = "{\"methodName\":\"reset\",\"payload\":1}";
    private static final byte[][] SESSIONS = {
        ("POST /twins/edge-1/modules/filter/methods?api-version=2018-06-30 HTTP/1.1\r\nHost: localhost\r\n"
                        + "Authorization: SharedAccessSignature sr=a&sig=b&se=1\r\nx-ms-edge-moduleId: edge-1/sensor\r\n"
                        + "Content-Length: " + CALL.length() + "\r\n\r\n" + CALL)
                .getBytes(UTF_8),
        webSocket("mqtt", "101300044d515454050200000000066564676531"),
        webSocket("AMQPWSB10", "414d51500001000000000014020000000053100c")
    };

    @TempDir
    Path folder;

    private RunningHub hub;
    private SSLContext context;
    private HttpClient witness;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
        context = SSLContext.getInstance("TLS");
        context.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        witness = HttpClient.newBuilder().sslContext(context).build();
        hub.methods.attach(FILTER, _ -> completedFuture(new MethodAnswer(200, new byte[0])));
    }

    @AfterEach
    void stop() throws Exception {
        witness.close();
        hub.close();
    }

    @Test
    void anySessionWithBytesChangedIsAnsweredOrEnded() throws Exception {
        var random = new Random(20_261_124);
        for (int i = 0; i < MUTATIONS; i++) {
            var session = SESSIONS[random.nextInt(SESSIONS.length)].clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                session[random.nextInt(session.length)] = (byte) random.nextInt(256);
            }
            try (var socket = context.getSocketFactory().createSocket(RunningHub.HOST, hub.httpsPort)) {
                socket.getOutputStream().write(session);
            } catch (SocketException | SSLException _) {
                // the hub has closed already
            }
        }
        assertWitnessed();
        assertThat(hub.clients.connected()).isZero();
    }

    @Test
    void aFrameThatIsLargerThanAStrangersIsNotKept() throws Exception {
        try (var socket = context.getSocketFactory().createSocket(RunningHub.HOST, hub.httpsPort)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(handshake("mqtt"));
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertThat(answer.readLine()).startsWith("HTTP/1.1 101 ");
            assertThat(answer.lines().takeWhile(line -> !line.isEmpty())).isNotEmpty();
            var frame = ByteBuffer.allocate(64 * 1024);
            frame.put((byte) 0x82).put((byte) 0xff).putLong(320_000);

            assertThat(ends(socket, answer, frame.array())).isTrue();
        }
        assertWitnessed();
    }

    private static boolean ends(Socket socket, Reader answer, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
            return answer.read() < 0;
        } catch (SocketException | SSLException _) {
            // closed with unread bytes: a reset
            return true;
        }
    }

    @Test
    void paths() {
        Mutations.ofTexts(
                        "/twins/edge-1/modules/filter/methods",
                        "/twins/edge-1/methods",
                        "/devices/thermometer/messages/devicebound",
                        "/twins/%65dge-1/modules/f%2Fx/methods")
                .feed(input -> {
                    try {
                        new MethodsDoor(hub.methods).target(new String(input, UTF_8));
                    } catch (HttpException _) {
                        // told
                    }
                    new DeviceBoundDoor(RunningHub.HUB, hub.twins, null, null).target(new String(input, UTF_8));
                });
    }

    private void assertWitnessed() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("https://localhost:" + hub.httpsPort + "/twins/edge-1/modules/filter/methods"))
                .header("Authorization", hub.token(SENSOR, Instant.now().plusSeconds(60)))
                .header("x-ms-edge-moduleId", SENSOR.path())
                .POST(BodyPublishers.ofString(CALL))
                .build();
        assertThat(witness.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    /** A handshake, and behind it a masked frame with the beginning of the protocol. */
    private static byte[] webSocket(String protocol, String hex) {
        var head = handshake(protocol);
        var body = HexFormat.of().parseHex(hex);
        var session = Arrays.copyOf(head, head.length + 6 + body.length);
        session[head.length] = (byte) 0x82;
        session[head.length + 1] = (byte) (0x80 | body.length);
        System.arraycopy(body, 0, session, head.length + 6, body.length);
        return session;
    }

    private static byte[] handshake(String protocol) {
        return ("GET /$iothub/websocket?iothub-no-client-cert=true HTTP/1.1\r\nHost: localhost\r\n"
                        + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: " + protocol
                        + "\r\n\r\n")
                .getBytes(UTF_8);
    }
}
