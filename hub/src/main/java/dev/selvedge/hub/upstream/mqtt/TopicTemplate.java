package dev.selvedge.hub.upstream.mqtt;

import java.util.regex.Pattern;

import dev.selvedge.hub.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * The topic of a message upstream: {@code {deviceId}}, {@code {moduleId}} and {@code {output}} stand for the sender's. An absent one becomes
 * {@code _}, and so does every character that would change the shape of the topic.
 */
record TopicTemplate(String template) {
    private static final Pattern SHAPING = Pattern.compile("[/+#\\x00]");

    String topic(Message message) {
        return template.replace("{deviceId}", level(message.sender().deviceId()))
                .replace("{moduleId}", level(message.sender().moduleId()))
                .replace("{output}", level(message.output()));
    }

    private static String level(@Nullable String name) {
        return name == null || name.isEmpty() ? "_" : SHAPING.matcher(name).replaceAll("_");
    }
}
