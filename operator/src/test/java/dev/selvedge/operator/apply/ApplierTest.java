package dev.selvedge.operator.apply;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

final class ApplierTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            400 | true  | StatefulSet in version "v1" cannot be handled as a StatefulSet
            400 | true  | admission webhook "images.example" denied the request: no tag
            422 | true  | StatefulSet.apps "m--a" is invalid: spec.template.spec.containers[0].name
            403 | true  | admission webhook "images.example" denied the request: no tag
            403 | true  | statefulsets.apps "m--a" is forbidden: ValidatingAdmissionPolicy 'images' with binding 'all' denied request: no tag
            403 | false | statefulsets.apps "m--a" is forbidden: User "selvedge" cannot patch resource "statefulsets"
            403 | false | statefulsets.apps "m--a" is forbidden: exceeded quota: few, requested: count/statefulsets.apps=1
            401 | false | Unauthorized
            404 | false | namespaces "site" not found
            409 | false | the object has been modified
            429 | false | too many requests
            500 | false | Internal error occurred: failed calling webhook "images.example"
            500 | true  | failed to create typed patch object (site/m--a; apps/v1, Kind=StatefulSet): .spec.template.spec.containers[name="module"].bogus: field not declared in schema
            500 | true  | failed to convert new object (site/m--a; apps/v1, Kind=StatefulSet) to proper version: unable to convert unstructured object to apps/v1, Kind=StatefulSet: quantities must match the regular expression
            503 | false | etcdserver: leader changed
            0   | false | connection refused
            """)
    void onlyWhatIsSaidOfTheObjectItselfIsARefusal(int code, boolean refused, String message) {
        var error = new KubernetesClientException(
                message, code, new StatusBuilder().withMessage(message).build());

        assertThat(Applier.refused(error)).isEqualTo(refused);
    }
}
