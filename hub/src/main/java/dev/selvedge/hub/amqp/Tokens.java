package dev.selvedge.hub.amqp;

import java.util.HashMap;
import java.util.Optional;

import dev.selvedge.hub.security.AuthResult;
import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.hub.security.SasToken;
import dev.selvedge.hub.security.TokenException;
import dev.selvedge.identity.Identity;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Claims-based security of one connection: the client puts its token before it opens links, and a newer one before that expires. Whom the token
 * is for says its own {@code sr}: Java's SDK names something else in the request.
 */
final class Tokens {
    static final int OK = 200;
    /** Not to be told: Node's SDK takes every status but 200 for a refusal that no retry mends. */
    static final int UNKNOWN = 404;

    private static final int UNAUTHORIZED = 401;

    private final Authenticator authenticator;
    private final Optional<ClientCertificate> certificate;
    private @Nullable String token;

    /** What is told of a put-token. */
    record Answer(int status, String description, @Nullable Accepted accepted) {}

    /** @param certificate what the client showed in its TLS handshake; it needs no token then */
    Tokens(Authenticator authenticator, Optional<ClientCertificate> certificate) {
        this.authenticator = authenticator;
        this.certificate = certificate;
    }

    /**
     * Takes a put-token.
     *
     * @param client who is connected already and renews its token; null before anybody is
     */
    Answer put(Message request, @Nullable Identity client) {
        if (!"put-token".equals(Sections.property(request, "operation"))) {
            return new Answer(400, "the operation of a request to $cbs must be put-token", null);
        }
        if (!(request.getBody() instanceof AmqpValue value) || !(value.getValue() instanceof String text)) {
            return new Answer(400, "the body of a put-token must be a token, as a text", null);
        }
        try {
            var audience = SasToken.parse(text).audience();
            var identity = client == null ? new Identity(audience.deviceId(), audience.moduleId()) : client;
            return switch (authenticator.authenticate(identity, text)) {
                case Accepted accepted -> {
                    token = text;
                    yield new Answer(OK, "OK", accepted);
                }
                case Refused refused
                when client == null && audience.moduleId() == null -> {
                    // a device's token may be for one of its modules: the first link tells
                    token = text;
                    yield new Answer(OK, "OK", null);
                }
                case Refused(var cause, var reason) ->
                    new Answer(cause == AuthResult.Cause.UNKNOWN ? UNKNOWN : UNAUTHORIZED, reason, null);
            };
        } catch (TokenException | IllegalArgumentException e) {
            return new Answer(400, String.valueOf(e.getMessage()), null);
        }
    }

    /** Whether the token that was put, or else the certificate, lets in who opens a link. */
    AuthResult authenticate(Identity identity) {
        return token == null
                ? certificate
                        .map(shown -> authenticator.authenticate(identity, shown))
                        .orElseGet(() -> new Refused(
                                AuthResult.Cause.NOT_AUTHORIZED,
                                "no token was put on $cbs before the link was opened, and no certificate was shown"))
                : authenticator.authenticate(identity, token);
    }

    /** The answer as a message; its correlation id is the request's message id, of the same type. */
    static Message message(Message request, Answer answer) {
        var properties = new HashMap<String, Object>();
        properties.put("status-code", answer.status());
        properties.put("status-description", answer.description());
        var message = Message.Factory.create();
        message.setCorrelationId(request.getMessageId());
        message.setApplicationProperties(new ApplicationProperties(properties));
        message.setBody(new AmqpValue(answer.description()));
        return message;
    }
}
