package dev.selvedge.hub.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code docs/reference/store-commands.md} is what the commands say of themselves. {@code make docs} writes it (SELVEDGE_UPDATE=true). */
class CommandReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/store-commands.md");

    @Test
    void thePageSaysWhatTheCommandsSay() throws IOException {
        var page = new StringBuilder("""
                # selvedge-hub store

                Written by `make docs` from the commands themselves. How to use them: [looking into a store](../operations/store.md#looking-into-a-store).
                """);
        var store = Tool.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()))
                .getSubcommands()
                .get("store");
        write(page, store);
        store.getSubcommands().values().forEach(command -> write(page, command));

        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, page);
        } else {
            assertThat(Files.readString(PAGE)).as("make docs writes it").isEqualTo(page.toString());
        }
    }

    private static void write(StringBuilder page, CommandLine command) {
        page.append("\n## ").append(command.getCommandName()).append("\n\n```\n");
        page.append(command.setUsageHelpWidth(120)
                .getUsageMessage(Ansi.OFF)
                .lines()
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n", "", "\n")));
        page.append("```\n");
    }
}
