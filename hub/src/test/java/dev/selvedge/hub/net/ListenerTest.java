package dev.selvedge.hub.net;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.tls.TestCertificates;
import io.vertx.core.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** How ports close: Java's SDK for MQTT is content with one that refuses it, and gives up for good when its TLS handshake is cut. */
@Execution(ExecutionMode.CONCURRENT)
class ListenerTest {
    @TempDir
    Path folder;

    private RunningHub hub;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder);
    }

    @AfterEach
    void stop() throws Exception {
        hub.close();
    }

    @Test
    void aPortThatStopsRefusesNewcomersAndCutsNoHandshake() throws Exception {
        assertCutsNoHandshake(hub.port, hub.front::stop);
    }

    @Test
    void theWebPortThatStopsRefusesNewcomersAndCutsNoHandshake() throws Exception {
        assertCutsNoHandshake(hub.httpsPort, hub.http::stop);
    }

    private void assertCutsNoHandshake(int port, Supplier<Future<Void>> stop) throws Exception {
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        Runnable whileItShakesHands = () -> {
            var _ = stop.get();
            await().atMost(RunningHub.soon()).until(() -> refuses(port));
        };
        try (var plain = new Interrupted(port, whileItShakesHands);
                var socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, RunningHub.HOST, port, true)) {
            socket.setSoTimeout((int) SECONDS.toMillis(20));
            // there the server has the last word
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});

            socket.startHandshake();

            assertThat(socket.getInputStream().read()).as("an orderly end").isEqualTo(-1);
        }
    }

    private static boolean refuses(int port) throws IOException {
        try (var _ = new Socket(RunningHub.HOST, port)) {
            return false;
        } catch (ConnectException _) {
            return true;
        }
    }

    /** A connection on which something happens before the first answer is read. */
    private static final class Interrupted extends Socket {
        private final Runnable interruption;
        private boolean interrupted;

        Interrupted(int port, Runnable interruption) throws IOException {
            super(RunningHub.HOST, port);
            this.interruption = interruption;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    var read = super.read(bytes, offset, length);
                    if (!interrupted) {
                        interrupted = true;
                        interruption.run();
                    }
                    return read;
                }
            };
        }
    }
}
