package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

import org.jspecify.annotations.Nullable;

/** The real disk, until it is told to fail. */
final class FaultyDisk implements Disk {
    private final Disk real = new RealDisk();
    volatile Predicate<Path> failWrite = _ -> false;
    volatile Predicate<Path> failForce = _ -> false;
    volatile Predicate<Path> failTruncate = _ -> false;
    volatile Predicate<Path> failSyncFolder = _ -> false;
    volatile Predicate<Path> failDelete = _ -> false;
    volatile Predicate<Path> failCreate = _ -> false;
    /** Offset of the sector of 4 KiB that cannot be read. */
    volatile ToLongFunction<Path> badSector = _ -> Long.MAX_VALUE;

    volatile long usable = Long.MAX_VALUE;
    private volatile @Nullable Hold hold;
    /** The files that were read, a mention for each time. */
    final Queue<Path> read = new ConcurrentLinkedQueue<>();

    /** Keeps whoever forces a file with this in its path, so that what is asked of the writer meanwhile is its next batch. */
    Hold hold(String inPath) {
        var made = new Hold(inPath);
        hold = made;
        return made;
    }

    static final class Hold {
        private final String inPath;
        private final CountDownLatch came = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);

        private Hold(String inPath) {
            this.inPath = inPath;
        }

        private void pass(Path file) {
            if (file.toString().contains(inPath)) {
                came.countDown();
                await(go);
            }
        }

        void awaitForce() {
            await(came);
        }

        void letGo() {
            go.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Handle open(Path file) throws IOException {
        var handle = real.open(file);
        return new Handle() {
            @Override
            public long size() throws IOException {
                return handle.size();
            }

            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                if (failWrite.test(file)) {
                    var half = bytes.duplicate();
                    half.limit(bytes.position() + bytes.remaining() / 2);
                    handle.write(half, position);
                    throw new IOException("No space left on device");
                }
                handle.write(bytes, position);
            }

            @Override
            public void read(ByteBuffer into, long position) throws IOException {
                read.add(file);
                var bad = badSector.applyAsLong(file);
                if (position < bad + 4096 && position + into.remaining() > bad) {
                    throw new IOException("Input/output error");
                }
                handle.read(into, position);
            }

            @Override
            public void force() throws IOException {
                var held = hold;
                if (held != null) {
                    held.pass(file);
                }
                if (failForce.test(file)) {
                    throw new IOException("Input/output error");
                }
                handle.force();
            }

            @Override
            public void truncate(long size) throws IOException {
                if (failTruncate.test(file)) {
                    throw new IOException("Input/output error");
                }
                handle.truncate(size);
            }

            @Override
            public void close() throws IOException {
                handle.close();
            }
        };
    }

    @Override
    public void createDirectories(Path folder) throws IOException {
        if (failCreate.test(folder)) {
            throw new IOException("Input/output error");
        }
        real.createDirectories(folder);
    }

    @Override
    public List<String> list(Path folder) throws IOException {
        return real.list(folder);
    }

    @Override
    public void delete(Path file) throws IOException {
        if (failDelete.test(file)) {
            throw new IOException("Input/output error");
        }
        real.delete(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        real.move(from, to);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        if (failSyncFolder.test(folder)) {
            throw new IOException("Input/output error");
        }
        real.syncFolder(folder);
    }

    @Override
    public long usableBytes(Path folder) {
        return usable;
    }
}
