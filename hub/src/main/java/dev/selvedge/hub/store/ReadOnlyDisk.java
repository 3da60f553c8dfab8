package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Shows a folder as it is and changes no byte of it: what recovery cuts off is cut off for whoever reads, what is written or deleted is not.
 */
final class ReadOnlyDisk implements Disk {
    private final Disk disk = new RealDisk();

    @Override
    public Handle open(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new CutHandle(null);
        }
        return new CutHandle(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public void createDirectories(Path folder) {}

    @Override
    public List<String> list(Path folder) throws IOException {
        return Files.exists(folder) ? disk.list(folder) : List.of();
    }

    @Override
    public void delete(Path file) {}

    @Override
    public void move(Path from, Path to) {}

    @Override
    public void syncFolder(Path folder) {}

    @Override
    public long usableBytes(Path folder) throws IOException {
        return disk.usableBytes(folder);
    }

    /** A file that may end earlier than on disk. */
    private static final class CutHandle implements Handle {
        private final @Nullable FileChannel channel;
        private long cutAt = Long.MAX_VALUE;

        private CutHandle(@Nullable FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public long size() throws IOException {
            return channel == null ? 0 : Math.min(cutAt, channel.size());
        }

        @Override
        public void write(ByteBuffer bytes, long position) {
            bytes.position(bytes.limit());
        }

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            var limit = into.limit();
            into.limit((int) Math.min(limit, into.position() + Math.max(0, size() - position)));
            for (var at = position; channel != null && into.hasRemaining(); ) {
                var count = channel.read(into, at);
                if (count < 0) {
                    break;
                }
                at += count;
            }
            into.limit(limit);
        }

        @Override
        public void force() {}

        @Override
        public void truncate(long size) {
            cutAt = size;
        }

        @Override
        public void close() throws IOException {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
