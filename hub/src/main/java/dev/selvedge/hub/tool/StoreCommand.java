package dev.selvedge.hub.tool;

import picocli.CommandLine.Command;

/** Groups the commands for a store. */
@Command(
        name = "store",
        mixinStandardHelpOptions = true,
        description = {
            "Look into the store of a hub, and tend it.",
            "Asks the hub that runs on the data folder, or opens the folder of one that does not run (--folder)."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:not done, or not wholly, or damage was found: the last line says what and where",
            "2:not understood, or --yes is missing: nothing was changed"
        },
        subcommands = {
            ListCommand.class,
            PeekCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            PurgeCommand.class,
            ReleaseCommand.class
        })
final class StoreCommand {}
