package dev.selvedge.hub.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a WebSocket (RFC 6455, version 13) into a socket that carries bytes, so that MQTT and AMQP are spoken on it as on any other: same
 * back-pressure, same limits. Never pings: Java's SDK breaks on it.
 */
final class WebSocketDoor {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketDoor.class);
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String VERSION = "13";
    private static final int MAX_FRAME = 512 * 1024;

    private final Map<String, Consumer<NetSocket>> protocols;

    WebSocketDoor(Map<String, Consumer<NetSocket>> protocols) {
        this.protocols = protocols;
    }

    /** @param onOpened called when the request has become a WebSocket */
    void open(HttpServerRequest request, Runnable onOpened) {
        var protocol = protocol(request);
        var key = request.getHeader("Sec-WebSocket-Key");
        var version = request.getHeader("Sec-WebSocket-Version");
        if (!request.method().equals(HttpMethod.GET)
                || !"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))
                || key == null
                || !VERSION.equals(version)) {
            refuse(request, 400, "this is no WebSocket request of version 13");
        } else if (protocol == null) {
            refuse(request, 400, "Sec-WebSocket-Protocol must be one of " + protocols.keySet());
        } else {
            upgrade(request, key, protocol, onOpened);
        }
    }

    private void upgrade(HttpServerRequest request, String key, String protocol, Runnable onOpened) {
        request.response()
                .putHeader(HttpHeaders.UPGRADE, "websocket")
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
                .putHeader("Sec-WebSocket-Accept", accept(key))
                .putHeader("Sec-WebSocket-Protocol", protocol);
        var speaker = protocols.get(protocol);
        request.toNetSocket()
                .onSuccess(socket -> {
                    onOpened.run();
                    var pipeline =
                            ((NetSocketInternal) socket).channelHandlerContext().pipeline();
                    var frames = WebSocketDecoderConfig.newBuilder()
                            .maxFramePayloadLength(MAX_FRAME)
                            .expectMaskedFrames(true)
                            .allowExtensions(false)
                            .build();
                    pipeline.addBefore("handler", "frameDecoder", new WebSocket13FrameDecoder(frames))
                            .addBefore("handler", "frameEncoder", new WebSocket13FrameEncoder(false))
                            .addBefore("handler", "frameBytes", new WebSocketBytes());
                    if (speaker != null) {
                        speaker.accept(socket);
                    }
                })
                .onFailure(failure -> refuse(request, 400, "this cannot become a WebSocket: " + failure.getMessage()));
    }

    /** The first that is offered and spoken, as the hub spells it: C's SDK offers "MQTT", others "mqtt". */
    private @Nullable String protocol(HttpServerRequest request) {
        return request.headers().getAll("Sec-WebSocket-Protocol").stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .flatMap(offered -> protocols.keySet().stream().filter(offered.strip()::equalsIgnoreCase))
                .findFirst()
                .orElse(null);
    }

    private static void refuse(HttpServerRequest request, int status, String why) {
        LOG.warn("WebSocket refused: from={} reason={}", request.remoteAddress(), why);
        request.response().setStatusCode(status).end(why + "\n");
    }

    private static String accept(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(digest.digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-1", e);
        }
    }
}
