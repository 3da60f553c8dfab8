package dev.selvedge.operator.status;

import java.util.regex.Pattern;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;

/** How a container ended, and the last line that it wrote. */
final class WhyEnded {
    private static final int LONGEST_LINE = 160;
    /** A line begins anew at each end; without the time in it, the same end is the same text. */
    private static final Pattern TIME = Pattern.compile(
            "\\[?(\\d{4}[-/]\\d\\d[-/]\\d\\d[T ])?\\d\\d:\\d\\d:\\d\\d([.,]\\d+)?( ?(Z|[+-]\\d\\d:?\\d\\d))?]?:? ?");

    private WhyEnded() {}

    static String of(ContainerStateTerminated ended) {
        var reason = ended.getReason() == null
                        || ended.getReason().equals("Error")
                        || ended.getReason().equals("Completed")
                ? ""
                : " (" + ended.getReason() + ")";
        return "with exit code " + ended.getExitCode() + reason + meaning(ended) + lastLine(ended);
    }

    private static String meaning(ContainerStateTerminated ended) {
        if ("OOMKilled".equals(ended.getReason())) {
            return ": it needs more memory than its limit";
        }
        return switch (ended.getExitCode()) {
            case 0 -> ": it ends by itself, but a module has to keep running";
            case 126 -> ": its command cannot be run";
            case 127 -> ": its command is not in the image";
            case 134, 139 -> ": the program crashed";
            case 137 -> ": it was killed";
            default -> "";
        };
    }

    private static String lastLine(ContainerStateTerminated ended) {
        var message = ended.getMessage() == null ? "" : ended.getMessage().strip();
        if (message.isEmpty()) {
            return "; see its log";
        }
        var line = TIME.matcher(message.substring(message.lastIndexOf('\n') + 1))
                .replaceAll("")
                .strip();
        return "; its last words: "
                + (line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE - 1) + "…");
    }
}
