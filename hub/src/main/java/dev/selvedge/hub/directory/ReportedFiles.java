package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.identity.Identity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One JSON file for each twin with what a ModuleTwin's status would show; the newest state wins. */
final class ReportedFiles implements StatusSink {
    private static final Logger LOG = LoggerFactory.getLogger(ReportedFiles.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long WRITE_EVERY_MILLIS = 200;

    private final Path folder;
    private final Map<Identity, State> pending = new LinkedHashMap<>();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-reported").daemon().factory());

    ReportedFiles(Path folder) {
        this.folder = folder;
        executor.scheduleWithFixedDelay(this::write, WRITE_EVERY_MILLIS, WRITE_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void changed(Identity identity, State state) {
        synchronized (pending) {
            pending.put(identity, state);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        write();
    }

    private void write() {
        Map<Identity, State> states;
        synchronized (pending) {
            states = new LinkedHashMap<>(pending);
            pending.clear();
        }
        states.forEach(this::write);
    }

    private void write(Identity identity, State state) {
        var name = identity.moduleId() == null ? "devices/" + identity.deviceId() : identity.moduleId();
        var json = JSON.createObjectNode();
        json.put("connectionState", state.connected() ? "Connected" : "Disconnected");
        json.put("desiredVersion", state.desiredVersion());
        json.put("reportedVersion", state.reportedVersion());
        json.putObject("properties").set("reported", state.reported());
        if (!state.conditions().isEmpty()) {
            json.set("conditions", JSON.valueToTree(state.conditions()));
        }
        try {
            LocalTrust.write(folder.resolve(name + ".json"), json.toPrettyString() + "\n");
        } catch (IOException e) {
            LOG.warn("reported properties could not be shown: identity={} reason={}", identity, e.getMessage());
        }
    }
}
