package dev.selvedge.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** Methods of modules in pods, called by people with a Kubernetes token; and the tutorial's filter, which speaks AMQP. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class MethodTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALARM = "alarm";
    private static final int HTTPS = 8443;

    private static String node = "";

    @BeforeAll
    static void run(Plant plant) throws IOException {
        node = plant.run().getFirst();
        allow(plant.cluster().client());
    }

    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void theTutorialsFilterSendsAlertsOverAmqp(Plant plant) {
        var source = node + "/" + ALARM;
        var before = plant.ledger().arrivedFrom(source);

        Site.await(SOON, "alerts arrive upstream", () -> plant.ledger().arrivedFrom(source) > before);
        plant.site().patchDesired(ALARM, node, "{\"TemperatureThreshold\":1000}");
        Site.await(SOON, "the alarm obeys and falls silent", () -> silent(plant, source));
        plant.site().patchDesired(ALARM, node, "{\"TemperatureThreshold\":3}");
        var silent = plant.ledger().arrivedFrom(source);
        Site.await(SOON, "alerts arrive again", () -> plant.ledger().arrivedFrom(source) > silent);
    }

    /** Ten readings have come and no alert. */
    private static boolean silent(Plant plant, String source) {
        var alerts = plant.ledger().arrivedFrom(source);
        var readings = plant.ledger().arrivedFrom(node + "/" + Site.SENSOR);
        Site.await(SOON, "ten readings", () -> plant.ledger().arrivedFrom(node + "/" + Site.SENSOR) >= readings + 10);
        return plant.ledger().arrivedFrom(source) == alerts;
    }

    @Test
    void whoMayCallsAMethodWithAKubernetesToken(Plant plant) throws IOException, GeneralSecurityException {
        var caller = token(plant.cluster().client(), "caller");

        var answer = call(plant, caller, ALARM, "reset");
        assertThat(answer.path("status").asInt()).isEqualTo(200);
        assertThat(answer.path("payload").path("alerts").isNumber()).isTrue();
        assertThat(call(plant, caller, ALARM, "explode").path("status").asInt()).isEqualTo(404);
        assertThat(call(plant, caller, "nobody", "reset").path("code").asInt()).isEqualTo(403);
    }

    @Test
    void whoMayNotIsToldSo(Plant plant) throws IOException, GeneralSecurityException {
        var stranger = token(plant.cluster().client(), "default");

        assertThat(call(plant, stranger, ALARM, "reset").path("code").asInt()).isEqualTo(403);
        assertThat(call(plant, "nonsense", ALARM, "reset").path("code").asInt()).isEqualTo(401);
    }

    private static void allow(KubernetesClient client) {
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("caller")
                        .withNamespace(Site.NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        client.resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName("call-methods")
                        .withNamespace(Site.NAMESPACE)
                        .endMetadata()
                        .addNewRule()
                        .withApiGroups("selvedge.dev")
                        .withResources("moduletwins/methods")
                        .withVerbs("create")
                        .endRule()
                        .build())
                .serverSideApply();
        client.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName("caller")
                        .withNamespace(Site.NAMESPACE)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", "call-methods")
                        .addNewSubject()
                        .withKind("ServiceAccount")
                        .withName("caller")
                        .withNamespace(Site.NAMESPACE)
                        .endSubject()
                        .build())
                .serverSideApply();
    }

    private static String token(KubernetesClient client, String account) {
        return client.serviceAccounts()
                .inNamespace(Site.NAMESPACE)
                .withName(account)
                .tokenRequest(new TokenRequest())
                .getStatus()
                .getToken();
    }

    /** The answer; or its HTTP status as {@code code}, with the message, when it is not 200. */
    private static JsonNode call(Plant plant, String token, String module, String method)
            throws IOException, GeneralSecurityException {
        var client = plant.cluster().client();
        var hub = "edgehub--" + node;
        var tls = client.secrets()
                .inNamespace(Site.NAMESPACE)
                .withName(hub + "-tls")
                .require()
                .getData();
        var ca = new String(Base64.getDecoder().decode(tls.get("ca.crt")), StandardCharsets.UTF_8);
        var context = SSLContext.getInstance("TLS");
        context.init(null, Trust.in(ca).getTrustManagers(), null);
        try (var forward =
                client.pods().inNamespace(Site.NAMESPACE).withName(hub + "-0").portForward(HTTPS)) {
            var url = URI.create("https://127.0.0.1:" + forward.getLocalPort() + "/twins/" + node + "/modules/" + module
                    + "/methods");
            var http = (HttpsURLConnection) url.toURL().openConnection();
            http.setSSLSocketFactory(context.getSocketFactory());
            // the certificate is the hub's, and the way to it a forwarded port
            http.setHostnameVerifier((_, _) -> true);
            http.setRequestProperty("Authorization", "Bearer " + token);
            http.setDoOutput(true);
            http.getOutputStream()
                    .write(("{\"methodName\":\"" + method + "\",\"payload\":{},\"connectTimeoutInSeconds\":30}")
                            .getBytes(StandardCharsets.UTF_8));
            return http.getResponseCode() == 200
                    ? JSON.readTree(http.getInputStream())
                    : JSON.createObjectNode()
                            .put("code", http.getResponseCode())
                            .put("message", new String(http.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
