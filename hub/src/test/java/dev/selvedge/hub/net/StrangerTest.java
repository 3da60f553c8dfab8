package dev.selvedge.hub.net;

import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StrangerTest {
    private static final int CHUNK = 16 * 1024;

    private final AtomicInteger ofAll = new AtomicInteger();
    private final EmbeddedChannel channel = new EmbeddedChannel(new Stranger(ofAll));

    @Test
    void mayNotSayMuch() {
        for (int said = 0; said < Stranger.MAX_BYTES; said += CHUNK) {
            assertThat(says()).isTrue();
        }

        assertThat(says()).isFalse();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void mayNotSayMuchTogetherWithOthers() {
        assertThat(says()).isTrue();
        ofAll.addAndGet(Stranger.MAX_BYTES_OF_ALL - CHUNK);

        assertThat(says()).isFalse();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void isHeardAtFirstWhateverOthersSay() {
        ofAll.addAndGet(Stranger.MAX_BYTES_OF_ALL);

        assertThat(says()).isTrue();
        assertThat(says()).isFalse();
    }

    @Test
    void countsNoMoreWhenItIsLetInOrGone() {
        says();
        channel.pipeline().remove(Stranger.class);
        assertThat(ofAll).hasValue(0);
        for (int said = 0; said <= Stranger.MAX_BYTES; said += CHUNK) {
            assertThat(says()).isTrue();
        }

        var other = new EmbeddedChannel(new Stranger(ofAll));
        other.writeInbound(Unpooled.buffer().writeZero(CHUNK));
        assertThat(ofAll).hasValue(CHUNK);
        other.finishAndReleaseAll();
        assertThat(ofAll).hasValue(0);
    }

    /** Whether what it says gets through. */
    private boolean says() {
        channel.writeInbound(Unpooled.buffer().writeZero(CHUNK));
        ByteBuf heard = channel.readInbound();
        return heard != null && heard.release();
    }
}
