package dev.selvedge.operator.reconciler.hub;

import java.security.SecureRandom;
import java.util.HexFormat;

import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.plan.HubInstance;

/** Finds or makes what is secret about hubs: their certificates, and the devices' master keys. */
public final class HubMaterial {
    private static final int MASTER_KEY_BYTES = 32;

    private final Applier applier;
    private final SiteTrust trust;
    private final SecureRandom random;

    public HubMaterial(Applier applier, SiteTrust trust, SecureRandom random) {
        this.applier = applier;
        this.trust = trust;
        this.random = random;
    }

    /** Throws IllegalArgumentException, in words for the user, when a Secret that is there cannot be used; it is never replaced. */
    HubObjects.Material of(HubInstance hub) {
        var namespace = hub.hub().getMetadata().getNamespace();
        var issuer = trust.issuer(namespace);
        var certificate =
                trust.server(namespace, Names.tls(hub.node().name()), issuer, HubObjects.certificateNames(hub));
        return new HubObjects.Material(
                issuer.ofClients(), certificate.certificate(), certificate.key(), identityHash(hub, namespace));
    }

    private String identityHash(HubInstance hub, String namespace) {
        var name = Names.identity(hub.node().name());
        var secret = applier.createOnce(namespace, name, () -> {
            var key = new byte[MASTER_KEY_BYTES];
            random.nextBytes(key);
            return HubObjects.identity(hub, key);
        });
        applier.adopt(secret, HubObjects.meta(hub, name));
        var key = Texts.bytes(secret, HubObjects.MASTER_KEY).orElse(new byte[0]);
        MasterKey.of(key);
        return Names.hash(HexFormat.of().formatHex(key), 16);
    }
}
