package dev.selvedge.hub.upstream.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;

/** Characters that MQTT can say and a broker may end the connection for: controls and those that are none in Unicode; MQTT 5, section 1.5.4. */
final class Unwelcome {
    private Unwelcome() {}

    /** @throws IllegalArgumentException when content type or a user property has one */
    static void refuse(Mqtt5Publish publish) {
        publish.getContentType().ifPresent(type -> refuse("its content type", type));
        for (var property : publish.getUserProperties().asList()) {
            refuse("the name of a property", property.getName());
            refuse("its property '" + property.getName() + "'", property.getValue());
        }
    }

    private static void refuse(String where, MqttUtf8String text) {
        text.toString().codePoints().filter(Unwelcome::is).findFirst().ifPresent(character -> {
            throw new IllegalArgumentException("%s has the character U+%04X, for which a broker may end the connection"
                    .formatted(where, character));
        });
    }

    private static boolean is(int character) {
        var endsItsPlane = (character & 0xFFFE) == 0xFFFE;
        return Character.isISOControl(character) || endsItsPlane || (character >= 0xFDD0 && character <= 0xFDEF);
    }
}
