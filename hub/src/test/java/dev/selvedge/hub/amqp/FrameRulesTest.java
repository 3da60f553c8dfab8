package dev.selvedge.hub.amqp;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.framing.TransportFrame;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameRulesTest {
    private static final int MAX_CHANNEL = 15;
    private static final long LAST = 0xFFFF_FFFFL;

    private final FrameRules rules = new FrameRules(MAX_CHANNEL);

    @Test
    void aSessionIsOnAChannelThatWasAnnounced() {
        assertTaken(MAX_CHANNEL, new Begin());
        assertThatThrownBy(() -> show(MAX_CHANNEL + 1, new Begin()))
                .hasMessage("a session on channel 16, the highest is 15");
    }

    @Test
    void aDispositionIsOfNotMoreThanCanBeUnsettled() {
        assertTaken(0, disposition(7, null));
        assertTaken(0, disposition(7, 7L));
        assertTaken(0, disposition(LAST - FrameRules.MAX_SETTLED, LAST - 1));
        assertRefused(LAST - FrameRules.MAX_SETTLED - 1, LAST - 1);
        assertRefused(0, LAST - 1);
        assertRefused(8, 7L);
    }

    /** Proton never comes to the end of it. */
    @Test
    void aDispositionIsNotOfTheHighestNumber() {
        assertRefused(LAST, null);
        assertRefused(LAST, LAST);
        assertRefused(LAST - 1, LAST);
    }

    private void assertTaken(int channel, FrameBody body) {
        assertThatCode(() -> show(channel, body)).doesNotThrowAnyException();
    }

    private void assertRefused(long first, @Nullable Long last) {
        assertThatThrownBy(() -> show(0, disposition(first, last)))
                .hasMessageContaining("from " + first + " to " + (last == null ? first : last));
    }

    private void show(int channel, FrameBody body) {
        rules.receivedFrame(new TransportFrame(channel, body, null));
    }

    private static Disposition disposition(long first, @Nullable Long last) {
        var disposition = new Disposition();
        disposition.setFirst(UnsignedInteger.valueOf(first));
        disposition.setLast(last == null ? null : UnsignedInteger.valueOf(last));
        return disposition;
    }
}
