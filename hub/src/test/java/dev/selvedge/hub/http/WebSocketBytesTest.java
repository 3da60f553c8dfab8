package dev.selvedge.hub.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

class WebSocketBytesTest {
    private final EmbeddedChannel channel = new EmbeddedChannel(new WebSocketBytes());

    @Test
    void whoDoesNotReadIsNotAnsweredUntilItDoes() {
        ping("one");
        assertThat(pong()).isEqualTo("one");

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        ping("two");
        assertThat(channel.outboundMessages()).isEmpty();

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        ping("three");
        assertThat(pong()).isEqualTo("three");
    }

    private void ping(String payload) {
        channel.writeInbound(new PingWebSocketFrame(Unpooled.copiedBuffer(payload, UTF_8)));
    }

    private String pong() {
        PongWebSocketFrame frame = channel.readOutbound();
        try {
            return frame.content().toString(UTF_8);
        } finally {
            frame.release();
        }
    }
}
