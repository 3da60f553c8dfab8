package dev.selvedge.hub.upstream.mqtt;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import dev.selvedge.hub.upstream.Throttle;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Stands next to the socket and lets bytes go as the throttle says, in pieces if need be; so TLS counts, and a large message does not go in one
 * burst. While much waits here the channel is not writable, and its client holds back. The channel's thread; {@link #holds} any.
 */
final class Pacer extends ChannelOutboundHandlerAdapter {
    private static final int MUCH = 64 << 10;
    /** Which of the channel's writability flags is ours. */
    private static final int FLAG = 1;

    private final Throttle throttle;
    private final Queue<Held> held = new ArrayDeque<>();
    private long heldBytes;
    private boolean pausing;
    private volatile boolean holds;

    Pacer(Throttle throttle) {
        this.throttle = throttle;
    }

    /** Whether something waits here: then it is not the link that is slow. */
    boolean holds() {
        return holds;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        var bytes = (ByteBuf) message;
        if (held.isEmpty() && !throttle.limits()) {
            context.write(bytes, promise);
            return;
        }
        held.add(new Held(bytes, promise));
        heldBytes += bytes.readableBytes();
        tellWritable(context);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        if (!pausing) {
            letGo(context);
        }
    }

    private void letGo(ChannelHandlerContext context) {
        for (var next = held.peek(); next != null; next = held.peek()) {
            var size = next.bytes().readableBytes();
            var taken = throttle.take(size, System.nanoTime());
            heldBytes -= taken;
            if (taken == size) {
                held.remove();
                context.write(next.bytes(), next.promise());
            } else if (taken > 0) {
                context.write(next.bytes().readRetainedSlice(taken));
            } else {
                pause(context, throttle.pause(size));
                break;
            }
        }
        holds = !held.isEmpty();
        context.flush();
        tellWritable(context);
    }

    private void pause(ChannelHandlerContext context, long nanos) {
        pausing = true;
        context.executor()
                .schedule(
                        () -> {
                            pausing = false;
                            letGo(context);
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    private void tellWritable(ChannelHandlerContext context) {
        var out = context.channel().unsafe().outboundBuffer();
        if (out != null) {
            out.setUserDefinedWritability(FLAG, heldBytes < MUCH);
        }
    }

    /** What still waits will not go. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        discard();
        context.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        discard();
    }

    private void discard() {
        for (var next = held.poll(); next != null; next = held.poll()) {
            next.bytes().release();
            next.promise().tryFailure(new ClosedChannelException());
        }
        heldBytes = 0;
        holds = false;
    }

    private record Held(ByteBuf bytes, ChannelPromise promise) {}
}
