package dev.selvedge.hub.upstream.mqtt;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import dev.selvedge.hub.upstream.Throttle;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The network thread of a link. The MQTT client shows nobody its channels, but it makes them on the thread that it is given: here a {@link Pacer}
 * is put into each, and the last one is kept, so that it can be closed without asking a peer that is silent.
 */
final class LinkLoop extends MultiThreadIoEventLoopGroup {
    private static final long STOPS_WITHIN_SECONDS = 2;

    private volatile @Nullable Connection last;

    LinkLoop(Throttle throttle) {
        super(1, new DefaultThreadFactory("selvedge-upstream-net", true), NioIoHandler.newFactory(), throttle);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... throttle) {
        return new SingleThreadIoEventLoop(this, executor, handlers) {
            @Override
            public ChannelFuture register(ChannelPromise promise) {
                var pacer = new Pacer((Throttle) throttle[0]);
                promise.channel().pipeline().addFirst(pacer);
                last = new Connection(promise.channel(), pacer);
                return super.register(promise);
            }
        };
    }

    /** Whether bytes wait for the throttle. */
    boolean holds() {
        return Optional.ofNullable(last)
                .map(connection -> connection.pacer().holds())
                .orElse(false);
    }

    /** Closes the last connection, whatever its state, and says nothing to the peer. */
    void cut() {
        Optional.ofNullable(last).ifPresent(connection -> connection.channel().close());
    }

    void stop() {
        shutdownGracefully(0, STOPS_WITHIN_SECONDS, TimeUnit.SECONDS);
    }

    private record Connection(Channel channel, Pacer pacer) {}
}
