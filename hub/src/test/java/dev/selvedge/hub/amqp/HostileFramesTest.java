package dev.selvedge.hub.amqp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.tls.TestCertificates;
import io.vertx.proton.ProtonSender;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Transport;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static dev.selvedge.hub.RunningHub.SENSOR;
import static dev.selvedge.hub.amqp.AmqpClient.message;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Whatever bytes a client sends: its own connection ends, nobody else notices. */
@Timeout(value = 2, unit = MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
class HostileFramesTest {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int MUTATIONS = 300;
    private static final long SEED = 20_261_123;
    /** Header, open, begin on channel 0. */
    private static final String BEGUN =
            "414d5150000100000000001102000000005310c00401a101630000001402000000005311c007044043527f527f";

    @TempDir
    Path folder;

    private RunningHub hub;
    private AmqpClient witness;
    private ProtonSender events;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
        witness = new AmqpClient(hub, SENSOR).connected();
        events = witness.sender(witness.address("/messages/events"));
    }

    @AfterEach
    void stop() throws Exception {
        witness.close();
        hub.close();
    }

    @ParameterizedTest
    @CsvSource({
        "not AMQP at all,                  474554202f20485454502f312e310d0a0d0a",
        "another protocol version,         414d515000000900",
        "a frame that is too short,        414d5150000100000000000402000000",
        "a frame that is too long,         414d5150000100007fffffff02000000",
        "a frame of an unknown type,       414d5150000100000000000802090000",
        "a body that is no performative,   414d5150000100000000000a020000004040",
        "a transfer before anything,       414d515000010000000000140200000000531 4c0050343434341",
        "SASL init before SASL header,     414d515000010000000000100201000000534145",
        "a SASL mechanism nobody knows,    414d5150030100000000001c02010000005341c00f03a30745585445524e414c4040"
    })
    void endsItsOwnConnection(String what, String hex) throws Exception {
        try (var socket = open()) {
            write(socket, HexFormat.of().parseHex(hex.replace(" ", "")));

            assertThat(closes(socket)).as(what).isTrue();
        }
        assertWitnessed();
    }

    @ParameterizedTest
    @CsvSource({
        "settles all there can be,          0000001602000000005315c00904414370ffffffff41,    from 0 to 4294967295",
        "settles the highest one,           0000001402000000005315c007024170ffffffff,              from 4294967295 to 4294967295",
        "settles backwards,                 0000001302000000005315c006044152074341,          from 7 to 0",
        "begins a session on channel 16,    0000001402000010005311c007044043527f527f,          channel 16",
        "attaches a link twice, 0000002102000000005312c01406a1016143414040005328c00701a104246362730000001402000001005311c007044043527f527f0000002202000000005312c01506a101615201414040005328c00701a10424636273, attached again"
    })
    void endsItsOwnConnectionAndHearsWhy(String what, String hex, String why) throws Exception {
        // more often than the hub has event loops
        for (int i = 0; i < 3; i++) {
            try (var socket = open()) {
                write(socket, HexFormat.of().parseHex(BEGUN + hex.replace(" ", "")));

                assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                        .as(what)
                        .contains(why);
            }
        }
        assertWitnessed();
    }

    /** A descriptor that has a descriptor that has one: each byte is a level. */
    @Test
    void endsItsOwnConnectionWhenItsFrameIsDeep() throws Exception {
        try (var socket = open()) {
            write(socket, HexFormat.of().parseHex(BEGUN + "00003f0002000000" + "00".repeat(0x3f00 - 8)));

            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .contains("nested too deep");
        }
        assertWitnessed();
    }

    /** What can be read may still be too deep to be said again in the answer. */
    @Test
    void isAnsweredOrEndedAtOnceHoweverDeepItsLinkIs() throws Exception {
        var sockets = new TreeMap<Integer, Socket>();
        for (int depth = 100; depth < 5000; depth += 100) {
            var socket = open();
            sockets.put(depth, socket);
            write(socket, HexFormat.of().parseHex(BEGUN + attach(depth)));
        }

        for (var each : sockets.entrySet()) {
            try (var socket = each.getValue()) {
                var said = HexFormat.of().formatHex(socket.getInputStream().readAllBytes());
                var answered = said.contains(levels(each.getKey()));
                var keptWaiting = said.contains(HexFormat.of().formatHex("no client was let in".getBytes(UTF_8)));
                assertThat(keptWaiting).as("%s levels", each.getKey()).isEqualTo(answered);
            }
        }
        assertWitnessed();
    }

    /** A link to receive tokens' answers on, with a filter of described values in described values. */
    private static String attach(int depth) {
        var levels = levels(depth);
        var filter = "d1%08x00000002a30166".formatted(4 + 3 + levels.length() / 2) + levels;
        var source = "005328" + list(8, "a10424636273" + "404040404040" + filter);
        var attach = "005312" + list(6, "a10161" + "43" + "41" + "4040" + source);
        return "%08x02000000".formatted(8 + attach.length() / 2) + attach;
    }

    private static String levels(int depth) {
        return "005301".repeat(depth) + "45";
    }

    private static String list(int count, String items) {
        return "d0%08x%08x".formatted(4 + items.length() / 2, count) + items;
    }

    @Test
    void anySessionWithBytesChangedIsServedOrEnded() throws Exception {
        var session = session();
        var random = new Random(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            var mutated = session.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            try (var socket = open()) {
                write(socket, mutated);
            }
        }
        assertWitnessed();
        // none of them was let in, and none is left behind
        assertThat(hub.clients.connected()).isEqualTo(1);
    }

    private void assertWitnessed() throws Exception {
        var before = hub.intake.messages.size();
        witness.send(events, message(new byte[1])).get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() == before + 1);
        assertThat(witness.ended).isNotDone();
    }

    /** What a client says that opens a connection, puts a token and opens links, without waiting for answers. */
    private static byte[] session() {
        var transport = Transport.Factory.create();
        var connection = Connection.Factory.create();
        transport.bind(connection);
        connection.setContainer("c");
        connection.open();
        var session = connection.session();
        session.open();
        for (var address : new String[] {"$cbs", "/devices/edge-1/modules/sensor/messages/events"}) {
            var sender = session.sender("s" + address);
            var target = new Target();
            target.setAddress(address);
            sender.setTarget(target);
            sender.open();
            var receiver = session.receiver("r" + address);
            var source = new Source();
            source.setAddress(address);
            receiver.setSource(source);
            receiver.open();
            receiver.flow(10);
            var token = Message.Factory.create();
            token.setBody(new AmqpValue("SharedAccessSignature sr=a&sig=b&se=1"));
            var bytes = Sections.encode(token);
            sender.delivery(new byte[] {1});
            sender.send(bytes, 0, bytes.length);
            sender.advance();
        }
        var out = new ByteArrayOutputStream();
        for (var pending = transport.pending(); pending > 0; pending = transport.pending()) {
            var head = new byte[pending];
            transport.head().get(head);
            out.writeBytes(head);
            transport.pop(pending);
        }
        return out.toByteArray();
    }

    private Socket open() throws Exception {
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        var socket = tls.getSocketFactory().createSocket(RunningHub.HOST, hub.amqpPort);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private static void write(Socket socket, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
        } catch (SocketException | SSLException _) {
            // it is closed already
        }
    }

    private static boolean closes(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketException | SSLException _) {
            return true;
        }
    }
}
