package dev.selvedge.api.compatibility;

/**
 * One thing that worked with a released CRD and does not any more.
 *
 * @param field path of the field, for example {@code spec.routes.*.priority}: {@code *} stands for any key, {@code []} for any element; empty for
 *     the kind itself
 * @param what what became of it, for people: the older words and the newer
 */
record Breakage(String kind, String version, String field, Change change, String what) {
    /** The kinds of change, each with what it does to people who go from one release to the next. */
    enum Change {
        VERSION_REMOVED("manifests that ask for this version are refused"),
        NAME_CHANGED("manifests, permissions and scripts that use the old name are refused"),
        FIELD_REMOVED("what stands there in stored objects and in Git is dropped without a word"),
        FIELD_REQUIRED("objects that leave it out are refused"),
        TYPE_CHANGED("objects that were taken are refused"),
        VALUE_REMOVED("objects with that value are refused"),
        BOUND_NARROWED("objects between the old bound and the new are refused"),
        RESTRICTION_ADDED("objects that were taken may be refused"),
        RULE_ADDED("objects that were taken may be refused"),
        DEFAULT_CHANGED("objects that leave it out now mean something else"),
        STRUCTURE_CHANGED("stored objects are read, merged or owned in another way"),
        SELECTOR_REMOVED("watches and queries that select by it fail");

        private final String consequence;

        Change(String consequence) {
            this.consequence = consequence;
        }
    }

    @Override
    public String toString() {
        return kind + " " + version + (field.isEmpty() ? "" : " " + field) + ": " + what + " (" + change + "): "
                + change.consequence;
    }
}
