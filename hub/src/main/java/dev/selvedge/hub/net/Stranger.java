package dev.selvedge.hub.net;

import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before all that decodes what a connection brings, until a client is let in on it: a stranger may not say much, nor may all strangers of a
 * port together, for what is not yet a whole packet is kept in memory. The connection's event loop.
 */
final class Stranger extends ChannelInboundHandlerAdapter {
    /** What one may say; what it reads at once may exceed it. */
    static final int MAX_BYTES = 32 * 1024;
    /** What all may say who are strangers at the same time. */
    static final int MAX_BYTES_OF_ALL = 8 * 1024 * 1024;

    /** What one may say whatever the others say, and what it reads at once: as much as a client needs that is let in at once. */
    static final int ALWAYS_BYTES = 4 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Stranger.class);

    private final AtomicInteger ofAll;
    private int bytes;
    private boolean closing;

    /** @param ofAll what all strangers of the port have said */
    Stranger(AtomicInteger ofAll) {
        this.ofAll = ofAll;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closing || bytes >= MAX_BYTES || (bytes >= ALWAYS_BYTES && ofAll.get() >= MAX_BYTES_OF_ALL)) {
            ReferenceCountUtil.release(message);
            close(context);
            return;
        }
        var more = message instanceof ByteBuf read ? read.readableBytes() : 0;
        bytes += more;
        ofAll.addAndGet(more);
        context.fireChannelRead(message);
    }

    private void close(ChannelHandlerContext context) {
        if (!closing) {
            closing = true;
            LOG.warn(
                    "connection closed, {} before a client was let in: from={}",
                    bytes >= MAX_BYTES ? "it sent more than " + MAX_BYTES + " bytes" : "too much came from all",
                    context.channel().remoteAddress());
            context.close();
        }
    }

    /** It is a stranger no more, or it is gone. */
    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ofAll.addAndGet(-bytes);
    }
}
