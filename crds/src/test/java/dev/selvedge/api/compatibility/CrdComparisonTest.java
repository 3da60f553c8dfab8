package dev.selvedge.api.compatibility;

import java.io.IOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.selvedge.api.compatibility.Breakage.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

class CrdComparisonTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String CRD = """
            spec:
              group: example.dev
              scope: Namespaced
              names: {kind: Loom, plural: looms, singular: loom, shortNames: [lo], categories: [cloth]}
              versions:
                - name: v1
                  served: true
                  schema: {openAPIV3Schema: {properties: {spec: {properties: {f: SCHEMA}}}}}
                  selectableFields: [{jsonPath: .spec.f}]
                  subresources: {status: {}}
            """;

    /** Two schemas of the field spec.f, the change, and where it is; in a schema a ; stands for a comma. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            {type: string},                                   {type: integer},                                TYPE_CHANGED,      spec.f
            {type: string},                                   {},                                             TYPE_CHANGED,      spec.f
            {nullable: true},                                 {},                                             TYPE_CHANGED,      spec.f
            {x-kubernetes-int-or-string: true},               {x-kubernetes-int-or-string: false},            TYPE_CHANGED,      spec.f
            {x-kubernetes-preserve-unknown-fields: true},     {},                                             TYPE_CHANGED,      spec.f
            {properties: {a: {}; b: {}}},                     {properties: {b: {}}},                          FIELD_REMOVED,     spec.f.a
            {properties: {a: {}}},                            {},                                             FIELD_REMOVED,     spec.f.a
            {additionalProperties: {type: string}},           {},                                             FIELD_REMOVED,     spec.f.*
            {additionalProperties: {type: string}},           {additionalProperties: false},                  STRUCTURE_CHANGED, spec.f.*
            {additionalProperties: {type: string}},           {additionalProperties: {type: integer}},        TYPE_CHANGED,      spec.f.*
            {items: {properties: {a: {}}}},                   {items: {properties: {}}},                      FIELD_REMOVED,     spec.f[].a
            {properties: {a: {}}},                            {properties: {a: {}}; required: [a]},           FIELD_REQUIRED,    spec.f.a
            {properties: {a: {}}; required: [a]},             {properties: {a: {}; b: {}}; required: [a; b]}, FIELD_REQUIRED,    spec.f.b
            {enum: [a; b]},                                   {enum: [b; c]},                                 VALUE_REMOVED,     spec.f
            {},                                               {enum: [a]},                                    VALUE_REMOVED,     spec.f
            {maximum: 9.0},                                   {maximum: 8.5},                                 BOUND_NARROWED,    spec.f
            {},                                               {maximum: 9},                                   BOUND_NARROWED,    spec.f
            {minimum: 0},                                     {minimum: 1},                                   BOUND_NARROWED,    spec.f
            {maxLength: 10},                                  {maxLength: 9},                                 BOUND_NARROWED,    spec.f
            {minLength: 10},                                  {minLength: 11},                                BOUND_NARROWED,    spec.f
            {maxItems: 10},                                   {maxItems: 9},                                  BOUND_NARROWED,    spec.f
            {minItems: 0},                                    {minItems: 1},                                  BOUND_NARROWED,    spec.f
            {maxProperties: 10},                              {maxProperties: 9},                             BOUND_NARROWED,    spec.f
            {},                                               {minProperties: 1},                             BOUND_NARROWED,    spec.f
            {},                                               {pattern: x},                                   RESTRICTION_ADDED, spec.f
            {pattern: x},                                     {pattern: y},                                   RESTRICTION_ADDED, spec.f
            {},                                               {format: date},                                 RESTRICTION_ADDED, spec.f
            {exclusiveMaximum: false},                        {exclusiveMaximum: true},                       RESTRICTION_ADDED, spec.f
            {},                                               {not: {required: [a]}},                         RESTRICTION_ADDED, spec.f
            {},                                               {x-kubernetes-validations: [{rule: a}]},        RULE_ADDED,        spec.f
            {x-kubernetes-validations: [{rule: a}]},          {x-kubernetes-validations: [{rule: b}]},        RULE_ADDED,        spec.f
            {default: 1},                                     {default: 2},                                   DEFAULT_CHANGED,   spec.f
            {default: 1},                                     {},                                             DEFAULT_CHANGED,   spec.f
            {},                                               {default: 1},                                   DEFAULT_CHANGED,   spec.f
            {},                                               {x-kubernetes-list-type: set},                  STRUCTURE_CHANGED, spec.f
            {x-kubernetes-list-map-keys: [a]},                {x-kubernetes-list-map-keys: [a; b]},           STRUCTURE_CHANGED, spec.f
            {x-kubernetes-list-type: map},                    {},                                             STRUCTURE_CHANGED, spec.f
            {},                                               {x-kubernetes-of-tomorrow: true},               STRUCTURE_CHANGED, spec.f
            """)
    void breaks(String before, String now, Change change, String field) throws IOException {
        assertThat(CrdComparison.between(crd(before), crd(now)))
                .extracting(Breakage::kind, Breakage::version, Breakage::field, Breakage::change)
                .containsExactly(tuple("Loom", "v1", field, change));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            {type: string},                                   {type: string; description: better}
            {properties: {a: {}}},                            {properties: {a: {}; b: {maximum: 1; default: 1}}}
            {properties: {a: {}}},                            {properties: {a: {}; b: {required: [c]; properties: {c: {}}}}}
            {properties: {a: {}}},                            {properties: {a: {}; b: {default: 1}}; required: [b]}
            {properties: {a: {}}; required: [a]},             {properties: {a: {}}}
            {enum: [a; b]},                                   {enum: [c; b; a]}
            {enum: [a; b]},                                   {}
            {maximum: 9.0},                                   {maximum: 9}
            {maximum: 9},                                     {maximum: 10}
            {maximum: 9},                                     {}
            {minLength: 2},                                   {minLength: 1}
            {pattern: x},                                     {}
            {not: {required: [a]}},                           {}
            {uniqueItems: true},                              {uniqueItems: false}
            {nullable: false},                                {nullable: true}
            {nullable: false},                                {}
            {},                                               {x-kubernetes-preserve-unknown-fields: true}
            {x-kubernetes-validations: [{rule: a; message: b}]}, {x-kubernetes-validations: [{rule: a; message: c}]}
            {x-kubernetes-validations: [{rule: a}]},          {}
            """)
    void grows(String before, String now) throws IOException {
        assertThat(CrdComparison.between(crd(before), crd(now))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            'group: example.dev',           'group: example.com',      NAME_CHANGED,      ''
            'scope: Namespaced',            'scope: Cluster',          NAME_CHANGED,      ''
            'plural: looms',                'plural: loomz',           NAME_CHANGED,      ''
            'shortNames: [lo]',             'shortNames: [lm]',        NAME_CHANGED,      ''
            'categories: [cloth]',          'categories: []',          NAME_CHANGED,      ''
            'name: v1',                     'name: v2',                VERSION_REMOVED,   ''
            'served: true',                 'served: false',           VERSION_REMOVED,   ''
            'jsonPath: .spec.f',            'jsonPath: .spec.g',       SELECTOR_REMOVED,  spec.f
            'subresources: {status: {}}',   'subresources: {}',        STRUCTURE_CHANGED, ''
            """)
    void breaksBesideTheSchema(String before, String now, Change change, String field) throws IOException {
        assertThat(CrdComparison.between(YAML.readTree(CRD), YAML.readTree(CRD.replace(before, now))))
                .extracting(Breakage::field, Breakage::change)
                .containsExactly(tuple(field, change));
    }

    @Test
    void aKindThatIsGoneIsMissed() throws IOException {
        assertThat(CrdComparison.between(YAML.readTree(CRD), MissingNode.getInstance()))
                .extracting(Breakage::change)
                .contains(Change.VERSION_REMOVED);
    }

    @Test
    void aVersionThatWasNotServedMayGo() throws IOException {
        var before = YAML.readTree(CRD.replace("served: true", "served: false"));

        assertThat(CrdComparison.between(before, YAML.readTree(CRD.replace("name: v1", "name: v2"))))
                .isEmpty();
    }

    @Test
    void aBreakageSaysWhereWhatAndWhomItHurts() throws IOException {
        assertThat(CrdComparison.between(crd("{maximum: 9}"), crd("{maximum: 8}"))
                        .getFirst())
                .hasToString("Loom v1 spec.f: maximum went from 9 to 8 (BOUND_NARROWED):"
                        + " objects between the old bound and the new are refused");
    }

    private static JsonNode crd(String schema) throws IOException {
        return YAML.readTree(CRD.replace("SCHEMA", schema.replace(';', ',')));
    }
}
