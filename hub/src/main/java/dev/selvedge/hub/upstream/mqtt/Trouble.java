package dev.selvedge.hub.upstream.mqtt;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import org.jspecify.annotations.Nullable;

/** Why a broker is not connected, in words that stay the same while the reason does: no address, no port of our own. */
final class Trouble {
    private static final Pattern ADDRESS = Pattern.compile("[:,]? ?[^ ]*/[0-9a-fA-F.:\\[\\]%]+");

    private Trouble() {}

    /** Whether somebody else connected to the broker under the client id of the connection that ended. */
    static boolean isTakeOver(Throwable failure) {
        return failure instanceof Mqtt5DisconnectException ended
                && ended.getMqttMessage().getReasonCode() == Mqtt5DisconnectReasonCode.SESSION_TAKEN_OVER;
    }

    static String of(Throwable failure) {
        var root = failure;
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            var said = said(cause);
            if (said != null) {
                return said;
            }
            root = cause;
        }
        return root.getMessage() == null
                ? root.getClass().getSimpleName()
                : ADDRESS.matcher(root.getMessage()).replaceAll("");
    }

    private static @Nullable String said(Throwable cause) {
        return switch (cause) {
            case Mqtt5ConnAckException refused ->
                "the broker refuses the connection: "
                        + words(refused.getMqttMessage().getReasonCode());
            case Mqtt5DisconnectException ended
            when isTakeOver(ended) -> "somebody else connects to the broker as this device";
            case Mqtt5DisconnectException ended ->
                "the broker ended the connection: "
                        + words(ended.getMqttMessage().getReasonCode());
            case UnknownHostException _ -> "its name is not known to DNS";
            case NoRouteToHostException _ -> "there is no route to it";
            case TimeoutException _ -> "no answer";
            case ConnectException e ->
                String.valueOf(e.getMessage()).contains("refused") ? "the connection is refused" : "no answer";
            case SSLException e -> "TLS: " + e.getMessage();
            default -> null;
        };
    }

    private static String words(Enum<?> code) {
        return code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
