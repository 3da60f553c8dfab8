package dev.selvedge.hub.mqtt;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.tls.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What is no MQTT, or not in its turn, ends its own connection and nothing else. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class HostileBytesTest {
    private static final String ACCEPTED = "20020000";

    @TempDir
    Path folder;

    private RunningHub hub;
    private Mqtt3AsyncClient witness;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(
                        folder,
                        defaults -> new MqttOptions(
                                Duration.ofMillis(700),
                                Duration.ofSeconds(2),
                                defaults.ackTimeout(),
                                defaults.settling()))
                .provisioned();
        witness = hub.client(SENSOR);
        witness.connectWith().cleanSession(false).keepAlive(1).send().get(10, SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        witness.disconnect();
        hub.close();
    }

    @ParameterizedTest
    @CsvSource({
        "no CONNECT first,            c000",
        "a reserved packet type,      f000",
        "a length without end,        30ffffffffff",
        "a CONNECT of nothing,        1000",
        "a publish before CONNECT,    300400016161",
        "HTTP,                        474554202f20485454502f312e310d0a0d0a",
    })
    void bytesThatAreNoConnectCloseTheConnection(String what, String hex) throws Exception {
        assertThat(answer(HexFormat.of().parseHex(hex))).as(what).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4d5149736470, 3, 20020001", "4d515454, 3, 20020001", "4d515454, 6, 20020001"})
    void anotherProtocolVersionIsToldSo(String name, int level, String connack) throws Exception {
        var connect = connect("edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60)));
        var body = Arrays.copyOfRange(connect, 8 + lengthBytes(connect), connect.length);
        var out = new ByteArrayOutputStream();
        var nameBytes = HexFormat.of().parseHex(name);
        out.write(0);
        out.write(nameBytes.length);
        out.writeBytes(nameBytes);
        out.write(level);
        out.write(body, 0, body.length);

        assertThat(answer(packet(0x10, out.toByteArray()))).isEqualTo(connack);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "second CONNECT",
                "PUBREL",
                "CONNACK",
                "a publish with a wildcard",
                "a subscription to nothing",
                "a packet of 1 MiB"
            })
    void breakingARuleAfterConnectClosesTheConnection(String what) throws Exception {
        var connect = connect("edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60)));
        var next = switch (what) {
            case "second CONNECT" -> connect;
            case "PUBREL" -> HexFormat.of().parseHex("62020001");
            case "CONNACK" -> HexFormat.of().parseHex("20020000");
            case "a publish with a wildcard" -> HexFormat.of().parseHex("3004000261" + "23");
            case "a subscription to nothing" -> HexFormat.of().parseHex("82020001");
            default -> packet(0x30, new byte[1 << 20]);
        };

        assertThat(answer(connect, next)).isEqualTo(ACCEPTED);
    }

    @Test
    void changedBytesNeverHarmAnother() throws Exception {
        var random = new Random(20260501);
        var valid = connect("edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60)));
        for (int round = 0; round < 60; round++) {
            var changed = valid.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            var noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            answer(changed, noise);
        }
    }

    @Test
    void aConnectThatIsLargerThanAnyIsNotKept(@TempDir Path fresh) throws Exception {
        try (var patient = new RunningHub(fresh).provisioned();
                var socket = socket(patient, "TLSv1.3")) {
            socket.setSoTimeout(10_000);
            var beginning = Arrays.copyOf(packet(0x10, connectBody("edge-1/filter", "", new byte[320_000])), 64 * 1024);

            assertThat(exchange(socket, beginning)).isEmpty();

            patient.client(SENSOR).connectWith().send().get(10, SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"8192, 20020000", "24576, ''"})
    void aWillHasTheRoomThatIsLeftInAConnect(int size, String connack) throws Exception {
        var token = hub.token(FILTER, Instant.now().plusSeconds(60));

        assertThat(answer(packet(0x10, connectBody("edge-1/filter", token, new byte[size]))))
                .isEqualTo(connack);
    }

    @Test
    void whatAClientSendsRightBehindItsConnectIsTaken() throws Exception {
        var connect = connect("edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60)));
        var publish = new ByteArrayOutputStream();
        var out = new DataOutputStream(publish);
        out.writeUTF("devices/edge-1/modules/filter/messages/events/");
        out.writeShort(1);
        out.write(new byte[250_000]);
        var both = new ByteArrayOutputStream();
        both.writeBytes(connect);
        both.writeBytes(packet(0x32, publish.toByteArray()));

        assertThat(answer(both.toByteArray())).isEqualTo(ACCEPTED + "40020001");
    }

    @Test
    void aClientThatSubscribesFasterThanTheDiskTakesIsHeldBack() throws Exception {
        var letGo = hub.disk.hold();
        try (var socket = socket("TLSv1.3")) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(connect(
                            "edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60))));
            for (int id = 1; id <= 1000; id++) {
                var filter = Integer.signum(id - AckQueue.MAX_PENDING) + "/#";
                socket.getOutputStream().write(subscribe(id, filter));
            }
            await().atMost(RunningHub.soon()).until(() -> filters().contains("0/#"));
            await().during(Duration.ofSeconds(1))
                    .atMost(RunningHub.soon())
                    .until(() -> !filters().contains("1/#"));

            letGo.run();

            var answers = new DataInputStream(socket.getInputStream());
            answers.skipNBytes(4);
            var answered = new HashSet<Integer>();
            for (int i = 0; i < 1000; i++) {
                assertThat(answers.readUnsignedShort()).isEqualTo(0x9003);
                answered.add(answers.readUnsignedShort());
                assertThat(answers.readByte()).isEqualTo((byte) 1);
            }
            assertThat(answered).hasSize(1000);
        } finally {
            letGo.run();
        }
    }

    @Test
    void silenceBeforeConnectEndsTheConnection() throws Exception {
        assertThat(answer()).isEmpty();
    }

    @Test
    void silenceLongerThanTheCapEndsTheConnection() throws Exception {
        var connect = connect("edge-1/filter", hub.token(FILTER, Instant.now().plusSeconds(60)));

        assertThat(answer(connect)).isEqualTo(ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void speaksBothTlsVersions(String protocol) throws Exception {
        try (var socket = socket(protocol)) {
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    private Set<String> filters() {
        return hub.sessions
                .find(FILTER)
                .map(session -> session.subscriptions().filters().keySet())
                .orElse(Set.of());
    }

    private static byte[] subscribe(int id, String filter) throws IOException {
        var body = new ByteArrayOutputStream();
        var out = new DataOutputStream(body);
        out.writeShort(id);
        out.writeUTF(filter);
        out.writeByte(1);
        return packet(0x82, body.toByteArray());
    }

    /** All that the hub answers until it closes, in hexadecimal; then whether the witness is still served. */
    private String answer(byte[]... packets) throws Exception {
        String answer;
        try (var socket = socket("TLSv1.3")) {
            socket.setSoTimeout(10_000);
            answer = exchange(socket, packets);
        }
        witness.publishWith()
                .topic("devices/edge-1/modules/sensor/messages/events/")
                .qos(com.hivemq.client.mqtt.datatypes.MqttQos.AT_LEAST_ONCE)
                .send()
                .get(10, SECONDS);
        return answer;
    }

    private static String exchange(SSLSocket socket, byte[]... packets) throws IOException {
        var answer = new ByteArrayOutputStream();
        try {
            for (var packet : packets) {
                socket.getOutputStream().write(packet);
            }
        } catch (SocketException | SSLException _) {
            // the hub has closed already; what it said before can still be read
        }
        try {
            socket.getInputStream().transferTo(answer);
        } catch (SocketException | SSLException _) {
            // closed with unread bytes: a reset
        }
        return HexFormat.of().formatHex(answer.toByteArray());
    }

    private SSLSocket socket(String protocol) throws Exception {
        return socket(hub, protocol);
    }

    private static SSLSocket socket(RunningHub hub, String protocol) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", hub.port);
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    private static byte[] connect(String clientId, String token) throws IOException {
        return packet(0x10, connectBody(clientId, token, new byte[0]));
    }

    /** @param will what it says when it goes; nothing is no will */
    private static byte[] connectBody(String clientId, String token, byte[] will) throws IOException {
        var body = new ByteArrayOutputStream();
        var out = new DataOutputStream(body);
        out.writeUTF("MQTT");
        out.writeByte(4);
        out.writeByte(will.length == 0 ? 0xC0 : 0xC4);
        out.writeShort(0);
        out.writeUTF(clientId);
        if (will.length > 0) {
            out.writeUTF("devices/edge-1/modules/filter/messages/events/");
            out.writeShort(Math.min(will.length, 0xffff));
            out.write(will);
        }
        out.writeUTF("localhost/" + clientId + "/?api-version=2021-04-12");
        var password = token.getBytes(UTF_8);
        out.writeShort(password.length);
        out.write(password);
        return body.toByteArray();
    }

    private static byte[] packet(int first, byte[] body) {
        var out = new ByteArrayOutputStream();
        out.write(first);
        var length = body.length;
        do {
            var digit = length & 0x7f;
            length >>= 7;
            out.write(length > 0 ? digit | 0x80 : digit);
        } while (length > 0);
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static int lengthBytes(byte[] packet) {
        var count = 1;
        while ((packet[count] & 0x80) != 0) {
            count++;
        }
        return count;
    }
}
