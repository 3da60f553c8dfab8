package dev.selvedge.hub.directory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.MasterKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secrets of a hub without a cluster: master key, CA, server certificate, certificates of clients; made when they are first needed and kept in
 * the data folder, readable by its owner alone. The JDK's keytool makes the certificates.
 */
final class LocalTrust {
    private static final Logger LOG = LoggerFactory.getLogger(LocalTrust.class);
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*");

    private static final String AUTHORITY = "authority.p12";
    private static final String AUTHORITY_PASSWORD = "authority.password";
    private static final Set<PosixFilePermission> OWNER_ALONE = PosixFilePermissions.fromString("rw-------");
    /** For those whose clock is late. */
    private static final String A_DAY_AGO = "-1d";

    private static final String LIFETIME_DAYS = "3650";
    private static final String PASSWORD = "SELVEDGE_KEYTOOL_PASSWORD";
    private static final int KEY_BYTES = 32;

    private LocalTrust() {}

    /** The master key in {@code file}, made if it is not there. */
    static MasterKey masterKey(Path file) throws IOException {
        if (!Files.exists(file)) {
            write(file, Base64.getEncoder().encodeToString(random()) + "\n");
        }
        return MasterKey.of(
                Base64.getMimeDecoder().decode(Files.readString(file).strip()));
    }

    /**
     * A folder with {@code ca.crt}, {@code tls.crt} and {@code tls.key} for a host name, made if it is not there. A certificate for another name is
     * made anew where it was made here; one that came from elsewhere stays.
     */
    static void certificates(Path folder, String host) throws IOException {
        make(folder);
        var certificate = folder.resolve("tls.crt");
        try {
            if (Files.exists(certificate) && Files.exists(folder.resolve("tls.key"))) {
                if (isFor(host, certificate)) {
                    return;
                }
                if (!isSignedHere(certificate, folder)) {
                    LOG.warn(
                            "{} is not of this hub and stays; it must be good for {}, which modules connect to",
                            certificate,
                            host);
                    return;
                }
            } else if (!Files.exists(folder.resolve("ca.crt")) || !Files.exists(folder.resolve(AUTHORITY))) {
                authority(folder);
            }
            var names = "san=" + (isAddress(host) ? "ip:" : "dns:") + host + ",ip:127.0.0.1";
            sign(folder, folder, "tls", "Selvedge hub", List.of("-ext", names));
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificate could be made for " + host, e);
        }
    }

    private static boolean isAddress(String host) {
        return ADDRESS.matcher(host).matches();
    }

    private static boolean isFor(String host, Path certificate) throws IOException, GeneralSecurityException {
        var name = isAddress(host) ? InetAddress.ofLiteral(host).getHostAddress() : host;
        var names = read(certificate).getSubjectAlternativeNames();
        return names != null && names.stream().anyMatch(found -> name.equals(found.get(1)));
    }

    private static boolean isSignedHere(Path certificate, Path folder) throws IOException, GeneralSecurityException {
        var file = folder.resolve(AUTHORITY);
        if (!Files.exists(file)) {
            return false;
        }
        var password = Files.readString(folder.resolve(AUTHORITY_PASSWORD)).strip();
        var keys = KeyStore.getInstance(file.toFile(), password.toCharArray());
        try {
            read(certificate).verify(keys.getCertificate("ca").getPublicKey());
            return true;
        } catch (InvalidKeyException | SignatureException _) {
            return false;
        }
    }

    private static void authority(Path folder) throws IOException, GeneralSecurityException {
        var file = folder.resolve(AUTHORITY);
        var password = Base64.getEncoder().encodeToString(random());
        Files.deleteIfExists(file);
        write(folder.resolve(AUTHORITY_PASSWORD), password);
        keytool(file, password, "ca", "Selvedge local CA", List.of("-ext", "bc:c", "-ext", "ku:c=kCS,cRL"));
        Files.setPosixFilePermissions(file, OWNER_ALONE);
        sync(file);
        var keys = KeyStore.getInstance(file.toFile(), password.toCharArray());
        write(folder.resolve("ca.crt"), certificate(keys, "ca"));
    }

    /**
     * Files {@code {name}.crt} and {@code {name}.key} with which a client shows who it is, made if they are not there or are another's.
     *
     * @param authority the folder of {@link #certificates}
     */
    static void clientCertificate(Path authority, Path folder, String name, CertificateName holder) throws IOException {
        var certificate = folder.resolve(name + ".crt");
        try {
            if (Files.exists(certificate) && holder.equals(holder(certificate))) {
                return;
            }
            if (!Files.exists(authority.resolve(AUTHORITY))) {
                throw new IOException("the key of the authority is not in " + authority
                        + ": take that folder away to have a new authority made");
            }
            var names = "san=uri:" + holder.uri();
            sign(authority, folder, name, holder.identity().path(), List.of("-ext", names, "-ext", "eku=clientAuth"));
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificate could be made for " + holder.identity(), e);
        }
    }

    /** Has the authority sign a new key. The keystore of the authority itself is never written again: half of it would be no authority. */
    private static void sign(Path authority, Path folder, String name, String subject, List<String> extensions)
            throws IOException, GeneralSecurityException {
        var password = Files.readString(authority.resolve(AUTHORITY_PASSWORD)).strip();
        var copy = authority.resolve(AUTHORITY + ".copy");
        Files.copy(
                authority.resolve(AUTHORITY),
                copy,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
        try {
            var signer = new ArrayList<>(List.of("-signer", "ca"));
            signer.addAll(extensions);
            var alias = "signed-" + UUID.randomUUID();
            keytool(copy, password, alias, subject, signer);
            var keys = KeyStore.getInstance(copy.toFile(), password.toCharArray());
            write(folder.resolve(name + ".key"), key(keys, alias, password));
            write(folder.resolve(name + ".crt"), certificate(keys, alias));
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static @Nullable CertificateName holder(Path file) throws IOException, GeneralSecurityException {
        return ClientCertificate.of(read(file)).map(ClientCertificate::name).orElse(null);
    }

    private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static void keytool(Path keystore, String password, String alias, String name, List<String> more)
            throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
        command.addAll(List.of("-genkeypair", "-alias", alias, "-keyalg", "EC", "-groupname", "secp256r1"));
        command.addAll(List.of("-dname", "CN=" + name, "-startdate", A_DAY_AGO, "-validity", LIFETIME_DAYS));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", keystore.toString(), "-storepass:env", PASSWORD));
        command.addAll(more);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(PASSWORD, password);
        var process = builder.start();
        try (var out = process.inputReader()) {
            var said = String.join(" ", out.readAllLines());
            if (process.waitFor() != 0) {
                throw new IOException("keytool could not make the certificate of " + name + ": " + said);
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a certificate was made", e);
        }
    }

    private static String certificate(KeyStore keys, String alias) throws GeneralSecurityException {
        return pem("CERTIFICATE", keys.getCertificate(alias).getEncoded());
    }

    private static String key(KeyStore keys, String alias, String password) throws GeneralSecurityException {
        return pem("PRIVATE KEY", keys.getKey(alias, password.toCharArray()).getEncoded());
    }

    private static String pem(String what, byte[] bytes) {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
    }

    private static byte[] random() {
        var bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /** Writes a file so that it is whole or not there, also after a power cut: modules have learned what is in it. */
    static void write(Path file, String text) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            make(folder);
        }
        var temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        Files.writeString(temporary, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
        sync(temporary);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(folder);
    }

    private static void make(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            Files.createDirectories(folder);
            sync(folder.toAbsolutePath().getParent());
        }
    }

    private static void sync(@Nullable Path fileOrFolder) throws IOException {
        if (fileOrFolder != null) {
            try (var channel = FileChannel.open(fileOrFolder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
