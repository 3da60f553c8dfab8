package dev.selvedge.operator.render;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

import dev.selvedge.plan.TwinOrder;

/**
 * Names of what the operator makes. Objects of a hub are named after the node alone, so that another EdgeHub finds the volume of an earlier
 * one. Admission keeps {@value #HUB} from modules and double dashes from names, so two names never meet.
 */
public final class Names {
    /** Stands for the module in names of a hub's objects. */
    public static final String HUB = TwinOrder.HUB;
    /** The Secret with the certificate authorities of a namespace; whom to trust is under the key {@code ca.crt}. */
    public static final String CA = "selvedge-ca";
    /** The Certificate by which an authority is asked of cert-manager, and the Secret that cert-manager writes for it. */
    public static final String ISSUED_AUTHORITY = "selvedge-authority";
    /** ServiceAccount and RoleBinding of the hubs of a namespace. */
    public static final String HUB_ACCOUNT = "selvedge-hub";

    /** A StatefulSet's name goes into a label with eleven characters more. */
    private static final int LONGEST = 52;

    /** X.520. */
    private static final int LONGEST_COMMON_NAME = 64;

    private static final int HASH_DIGITS = 8;
    /** As many as a pod's label has room for after the longest name of an instance. */
    private static final int PULL_DIGITS = 5;

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");

    private Names() {}

    public static String hub(String node) {
        return instance(HUB, node);
    }

    public static String identity(String node) {
        return hub(node) + "-identity";
    }

    public static String tls(String node) {
        return hub(node) + "-tls";
    }

    /** {@code module--node}; when that is no DNS label or too long, the node's part is cut and ends in a hash of the whole. */
    public static String instance(String module, String node) {
        var plain = module + "--" + node;
        if (plain.length() <= LONGEST && DNS_LABEL.matcher(node).matches()) {
            return plain;
        }
        var room = LONGEST - module.length() - 2 - HASH_DIGITS - 1;
        var part = node.replaceAll("[^a-z0-9-]", "-");
        part = part.substring(0, Math.min(room, part.length())).replaceAll("^-+|-+$", "");
        return module + "--" + (part.isEmpty() ? "" : part + "-") + hash(node, HASH_DIGITS);
    }

    /** The Job that pulls for an instance; another one for each thing that it is told. */
    public static String pull(String instance, String told) {
        return instance + "-pull-" + hash(told, PULL_DIGITS);
    }

    public static String twin(String module, String node) {
        return TwinOrder.name(module, node);
    }

    /** The common name of the authorities of a namespace, as far as there is room for it. */
    public static String authority(String namespace) {
        var name = "Selvedge " + namespace;
        return name.substring(0, Math.min(LONGEST_COMMON_NAME, name.length()));
    }

    /** The name under which modules of a node reach their hub; it stands in the hub's certificate. */
    public static String gatewayHost(String node, String namespace) {
        return hub(node) + "." + namespace + ".svc";
    }

    /** The first digits of the SHA-256 of a text, hexadecimal. */
    public static String hash(String text, int digits) {
        try {
            var sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sum).substring(0, digits);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }
}
