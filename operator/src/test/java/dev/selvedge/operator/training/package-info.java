/** What the image build runs the operator against while it records the AOT cache. */
package dev.selvedge.operator.training;
