package order_test

import (
	"testing"

	"didops/internal/identity"
	"didops/internal/order"
)

// TestApproversOfThePage are known by name, so that it is known whether there
// are enough of them.
func TestApproversOfThePage(t *testing.T) {
	t.Parallel()
	person := func(name string) identity.Person {
		return identity.Person{Name: name, IDs: map[string]string{identity.Web: name, identity.HTTP: name + "-laptop"}}
	}
	for _, tt := range []struct {
		name      string
		approvers []string
		needed    int
		own, want bool
	}{
		{"one, and one is enough", []string{"Alice"}, 1, true, true},
		{"the requester alone, who may not", []string{"Alice"}, 1, false, false},
		{"another", []string{"Alice", "Bob"}, 1, false, true},
		{"two, and two are needed", []string{"Alice", "Bob"}, 2, true, true},
		{"one, and two are needed", []string{"Bob"}, 2, true, false},
		{"a name that is nobody's", []string{"Alice", "Mallory"}, 2, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := order.Policy{
				Needed: tt.needed, RequesterMayApprove: tt.own, People: []identity.Person{person("Alice"), person("Bob")},
				Realms: map[string]order.RealmPolicy{identity.Web: {Approves: true, Approvers: tt.approvers, Page: "https://didops.example.net"}},
			}
			if got := p.Approvable(identity.Party{Realm: identity.HTTP, ID: "Alice-laptop", Name: "Alice"}); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
