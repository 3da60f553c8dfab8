package dev.selvedge.operator.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class StrategicMergeTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"spec":{"a":1,"b":2}}                             | {"spec":{"b":null,"c":3}}                                    | {"spec":{"a":1,"c":3}}
            {"containers":[{"name":"m","image":"i"}]}          | {"containers":[{"name":"m","x":1},{"name":"s"}]}             | {"containers":[{"name":"m","image":"i","x":1},{"name":"s"}]}
            {"env":[{"name":"A","value":"1"},{"name":"B"}]}    | {"env":[{"name":"A","$patch":"delete"}]}                     | {"env":[{"name":"B"}]}
            {"volumeMounts":[{"mountPath":"/a","name":"x"}]}   | {"volumeMounts":[{"mountPath":"/a","name":"y"}]}             | {"volumeMounts":[{"mountPath":"/a","name":"y"}]}
            {"ports":[{"containerPort":1,"name":"x"}]}         | {"ports":[{"containerPort":1,"protocol":"TCP","name":"y"}]}  | {"ports":[{"containerPort":1,"protocol":"TCP","name":"y"}]}
            {"ports":[{"containerPort":1,"protocol":"TCP"}]}   | {"ports":[{"containerPort":1,"$patch":"delete"}]}            | {"ports":[]}
            {"args":["a","b"]}                                 | {"args":["c"]}                                               | {"args":["c"]}
            {"tolerations":[{"key":"a"}]}                      | {"tolerations":[{"key":"b"}]}                                | {"tolerations":[{"key":"b"}]}
            {"securityContext":{"a":1}}                        | {"securityContext":{"$patch":"replace","b":2}}               | {"securityContext":{"b":2}}
            {"securityContext":{"a":1},"x":1}                  | {"securityContext":{"$patch":"delete"}}                      | {"x":1}
            """)
    void mergesAsKubectlDoes(String base, String patch, String merged) throws JsonProcessingException {
        assertThat(StrategicMerge.apply(object(base), object(patch))).isEqualTo(object(merged));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                 | {"ports":[{"containerPort":53},{"containerPort":53,"protocol":"UDP"}]}      | {"ports":[{"containerPort":53},{"containerPort":53,"protocol":"UDP"}]}
            {"ports":[{"containerPort":53,"protocol":"UDP"}]}  | {"ports":[{"containerPort":53,"protocol":null}]}                            | {"ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53}]}
            {"ports":[{"containerPort":53,"protocol":"UDP"}]}  | {"ports":[{"containerPort":53,"$patch":"delete"}]}                          | {"ports":[{"containerPort":53,"protocol":"UDP"}]}
            """)
    void takesAPortOfTwoProtocolsForTwo(String base, String patch, String merged) throws JsonProcessingException {
        assertThat(StrategicMerge.apply(object(base), object(patch))).isEqualTo(object(merged));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"containers":[{"image":"i"}]}       | podTemplate.containers[0]: needs 'name'
            {"containers":["m"]}                 | podTemplate.containers[0]: must be an object
            {"spec":{"$retainKeys":["a"]}}       | podTemplate.spec.$retainKeys
            {"spec":{"$patch":"wipe"}}           | 'wipe'
            """)
    void saysWhereAPatchIsWrong(String patch, String said) throws JsonProcessingException {
        var wrong = object(patch);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StrategicMerge.apply(JSON.createObjectNode(), wrong))
                .withMessageContaining(said);
    }

    private static ObjectNode object(String json) throws JsonProcessingException {
        return (ObjectNode) JSON.readTree(json);
    }
}
