package dev.selvedge.hub.tool;

import java.io.PrintWriter;
import java.util.Arrays;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The tools beside a hub. Its own process is {@link dev.selvedge.hub.Main}. */
@Command(
        name = "selvedge-hub",
        mixinStandardHelpOptions = true,
        version = "selvedge-hub 0.1",
        description = "Tools beside an edge hub. (The hub itself is started by its image.)",
        subcommands = StoreCommand.class)
public final class Tool {
    private Tool() {}

    /** @param args what was typed; when the image's launcher starts this, its own path comes first */
    public static void main(String[] args) {
        // what the store logs of damage is told by the commands themselves, and a read-only look repairs nothing
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        var typed = args.length > 0 && args[0].endsWith("/selvedge-hub") ? 1 : 0;
        var out = new PrintWriter(System.out, false, UTF_8);
        var err = new PrintWriter(System.err, true, UTF_8);
        var code = commandLine(out, err).execute(Arrays.copyOfRange(args, typed, args.length));
        out.flush();
        System.exit(out.checkError() && code == 0 ? 1 : code);
    }

    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        return new CommandLine(new Tool())
                .setOut(out)
                .setErr(err)
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, _) -> {
                    command.getErr().println("selvedge-hub: " + failure.getMessage());
                    return 1;
                });
    }
}
