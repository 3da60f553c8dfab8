package dev.selvedge.operator.pki;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.ThreadLocalRandom;
import javax.security.auth.x500.X500Principal;

import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** Authorities that this release does not make: those of the release before, and those of users. */
public final class Earlier {
    private Earlier() {}

    /** How a key is written, as cert-manager would. */
    public enum Form {
        EC("EC", "SHA256withECDSA", true),
        EC_SEC1("EC", "SHA256withECDSA", false),
        RSA("RSA", "SHA256withRSA", true),
        RSA_PKCS1("RSA", "SHA256withRSA", false),
        ED25519("Ed25519", "Ed25519", true);

        private final String key;
        private final String signature;
        private final boolean pkcs8;

        Form(String key, String signature, boolean pkcs8) {
            this.key = key;
            this.signature = signature;
            this.pkcs8 = pkcs8;
        }
    }

    /** As made until now: nothing but leafs may follow it. */
    public static CertificateAuthority authority(Instant now, Duration life) {
        return CertificateAuthority.parse(root("CN=Selvedge site", Form.EC, now, life, new BasicConstraints(0), true));
    }

    /** A user's root, as cert-manager writes one for isCA. */
    public static KeyAndCertificate root(String name, Form form, Instant now, Duration life) {
        return root(name, form, now, life, new BasicConstraints(true), true);
    }

    /** A user's authority that another one signed: its certificate, then those up to the root, as cert-manager writes tls.crt and ca.crt. */
    public static KeyAndCertificate below(CertificateAuthority signer, String name, Instant now, Duration life) {
        return below(signer, name, pair(Form.EC), now, life, new BasicConstraints(true));
    }

    /** One that may sign leafs only. */
    static KeyAndCertificate lowest(CertificateAuthority signer, String name, Instant now, Duration life) {
        return below(signer, name, pair(Form.EC), now, life, new BasicConstraints(0));
    }

    static KeyAndCertificate below(
            CertificateAuthority signer,
            String name,
            KeyPair pair,
            Instant now,
            Duration life,
            BasicConstraints constraints) {
        try {
            var validity = new Validity(now, now.plus(life));
            var prepared = signer.prepare(name, pair.getPublic(), validity, new SecureRandom())
                    .addExtension(Extension.basicConstraints, true, constraints)
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new KeyAndCertificate(
                    signer.certify(prepared) + signer.pem().certificate(), Pem.key(pair.getPrivate()));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One that breaks RFC 5280, 4.2.1.2. */
    static KeyAndCertificate withoutKeyIdentifier(Instant now, Duration life) {
        return root("CN=plant", Form.EC, now, life, new BasicConstraints(true), false);
    }

    private static KeyAndCertificate root(
            String name, Form form, Instant now, Duration life, BasicConstraints constraints, boolean identified) {
        try {
            var pair = pair(form);
            var subject = new X500Principal(name);
            var builder = new JcaX509v3CertificateBuilder(
                            subject,
                            BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE)),
                            Date.from(now),
                            Date.from(now.plus(life)),
                            subject,
                            pair.getPublic())
                    .addExtension(Extension.basicConstraints, true, constraints)
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            if (identified) {
                builder.addExtension(
                        Extension.subjectKeyIdentifier,
                        false,
                        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            }
            var certificate = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder(form.signature).build(pair.getPrivate())));
            return new KeyAndCertificate(
                    Pem.certificate(certificate), form.pkcs8 ? Pem.key(pair.getPrivate()) : older(pair));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    static KeyPair pair(Form form) {
        try {
            var generator = KeyPairGenerator.getInstance(form.key);
            if (form.key.equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String older(KeyPair pair) throws IOException {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(
                    pair.getPrivate() instanceof ECPrivateKey key
                            ? new PemObject("EC PRIVATE KEY", sec1(key))
                            : pair.getPrivate());
        }
        return text.toString();
    }

    /** With the curve in it, as Go writes it. */
    private static byte[] sec1(ECPrivateKey key) throws IOException {
        return new org.bouncycastle.asn1.sec.ECPrivateKey(256, key.getS(), SECObjectIdentifiers.secp256r1).getEncoded();
    }
}
