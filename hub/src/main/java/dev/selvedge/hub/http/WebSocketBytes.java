package dev.selvedge.hub.http;

import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/** Between the frames of one WebSocket and the bytes in them; frame borders mean nothing. The channel's event loop. */
final class WebSocketBytes extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
    private boolean closing;

    @Override
    protected void encode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
        // a write of nothing waits for those before it: it makes no frame
        out.add(bytes.isReadable() ? new BinaryWebSocketFrame(bytes.retain()) : bytes.retain());
    }

    @Override
    protected void decode(ChannelHandlerContext context, WebSocketFrame frame, List<Object> out) {
        switch (frame) {
            case BinaryWebSocketFrame _, ContinuationWebSocketFrame _ ->
                out.add(frame.content().retain());
            case PingWebSocketFrame _ -> {
                // who does not read its answers gets no more of them: only the latest ping must be answered
                if (context.channel().isWritable()) {
                    context.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
                }
            }
            case PongWebSocketFrame _ -> {
                // an answer to nothing: the hub never pings
            }
            case CloseWebSocketFrame _ -> goodbye(context, WebSocketCloseStatus.NORMAL_CLOSURE);
            default -> goodbye(context, WebSocketCloseStatus.INVALID_MESSAGE_TYPE);
        }
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
        if (closing || !context.channel().isActive()) {
            super.close(context, promise);
        } else {
            closing = true;
            context.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE))
                    .addListener(_ -> context.close(promise));
        }
    }

    private void goodbye(ChannelHandlerContext context, WebSocketCloseStatus status) {
        if (!closing) {
            closing = true;
            context.writeAndFlush(new CloseWebSocketFrame(status)).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
