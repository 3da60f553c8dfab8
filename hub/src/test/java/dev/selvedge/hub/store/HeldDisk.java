package dev.selvedge.hub.store;

import java.nio.file.Path;
import java.time.InstantSource;

/** The real disk, and stores on it; while it is held, what is saved in their state journals waits, while it is full, that is refused. */
public final class HeldDisk {
    private final FaultyDisk disk = new FaultyDisk();

    public MessageStore open(Path folder, String deviceId, StoreOptions options, InstantSource clock)
            throws StoreException {
        return MessageStore.open(folder, deviceId, options, clock, disk);
    }

    /** Holds it; the result lets it go. */
    public Runnable hold() {
        return disk.hold("/state")::letGo;
    }

    public void full(boolean isFull) {
        disk.usable = isFull ? 0 : Long.MAX_VALUE;
        disk.failWrite = file -> isFull && file.toString().contains("/state/");
    }
}
