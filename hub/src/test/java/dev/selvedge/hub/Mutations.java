package dev.selvedge.hub;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Inputs for decoders: valid ones with bytes changed, taken out, doubled, or spliced with another's, and now and then noise. Always the same ones.
 * {@code -Dselvedge.fuzz.tries} says how many (`make fuzz`: a million).
 */
public final class Mutations {
    private static final int TRIES = Integer.getInteger("selvedge.fuzz.tries", 10_000);
    private static final int MOST_CHANGES = 6;
    private static final int MOST_NOISE = 200;

    private final List<byte[]> valid;
    private final Random random = new Random(20_261_123);

    private Mutations(List<byte[]> valid) {
        this.valid = valid;
    }

    /** What a decoder is given. */
    @FunctionalInterface
    public interface Decoder {
        /** Decodes, or refuses with what it may throw; anything else ends the test. */
        void decode(byte[] input);
    }

    public static Mutations ofTexts(String... valid) {
        return new Mutations(Arrays.stream(valid)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList());
    }

    public static Mutations of(byte[]... valid) {
        return new Mutations(List.of(valid));
    }

    /** Gives each input to the decoder; one that it cannot bear is named. */
    public void feed(Decoder decoder) {
        for (int i = 0; i < TRIES; i++) {
            var input = next();
            try {
                decoder.decode(input);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("input " + i + ": " + HexFormat.of().formatHex(input), e);
            }
        }
    }

    private byte[] next() {
        if (random.nextInt(20) == 0) {
            var noise = new byte[random.nextInt(MOST_NOISE)];
            random.nextBytes(noise);
            return noise;
        }
        var input = pick().clone();
        for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0; changes--) {
            input = change(input);
        }
        return input;
    }

    private byte[] change(byte[] input) {
        if (input.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        var at = random.nextInt(input.length);
        return switch (random.nextInt(5)) {
            case 0 -> {
                input[at] = (byte) random.nextInt(256);
                yield input;
            }
            case 1 -> {
                input[at] ^= (byte) (1 << random.nextInt(8));
                yield input;
            }
            case 2 -> Arrays.copyOf(input, at);
            case 3 -> joined(Arrays.copyOf(input, at), Arrays.copyOfRange(input, Math.max(0, at - 8), input.length));
            default -> {
                var other = pick();
                yield joined(
                        Arrays.copyOf(input, at),
                        Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length));
            }
        };
    }

    private byte[] pick() {
        return valid.get(random.nextInt(valid.size()));
    }

    private static byte[] joined(byte[] first, byte[] second) {
        var joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
