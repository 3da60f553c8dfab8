package dev.selvedge.hub.process;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The HTTPS API of a hub that runs as a process, on port 443 of its address. */
record HttpsDoor(HubProcess hub, String address) {

    /** Posts as a module of the hub's device. */
    HttpResponse<String> post(String path, String module, String body)
            throws IOException, InterruptedException, GeneralSecurityException {
        try (var http = HttpClient.newBuilder().sslContext(trust()).build()) {
            var request = HttpRequest.newBuilder(URI.create("https://" + address + path))
                    .header(
                            "Authorization",
                            hub.connection(module).token(Instant.now().plusSeconds(60)))
                    .header("x-ms-edge-moduleId", HubProcess.DEVICE + "/" + module)
                    .POST(BodyPublishers.ofString(body))
                    .build();
            return http.send(request, BodyHandlers.ofString());
        }
    }

    private SSLContext trust() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var in = Files.newInputStream(hub.authority())) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
