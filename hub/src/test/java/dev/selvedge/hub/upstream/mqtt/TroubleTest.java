package dev.selvedge.hub.upstream.mqtt;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;

import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class TroubleTest {
    @Test
    void whatTheClientSaysOfAClosedPortIsPutIntoWords() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var client =
                Mqtt5Client.builder().serverHost("127.0.0.1").serverPort(port).buildBlocking();

        assertThat(Trouble.of(catchThrowable(client::connect))).isEqualTo("the connection is refused");
    }

    @Test
    void theSameReasonIsTheSameText() {
        assertThat(Trouble.of(new CompletionException(new TimeoutException("5 s"))))
                .isEqualTo("no answer");
        assertThat(Trouble.of(new ConnectException("connection timed out after 5000 ms: broker/10.0.0.7:8883")))
                .isEqualTo("no answer");
        assertThat(Trouble.of(new CompletionException(new UnknownHostException("broker.example"))))
                .isEqualTo("its name is not known to DNS");
        assertThat(Trouble.of(new RuntimeException(new SSLHandshakeException("PKIX path building failed"))))
                .isEqualTo("TLS: PKIX path building failed");
        assertThat(Trouble.of(new RuntimeException("Connection reset by peer: broker/10.0.0.7:8883")))
                .isEqualTo("Connection reset by peer");
        assertThat(Trouble.of(new IllegalStateException())).isEqualTo("IllegalStateException");
    }
}
