package app

import (
	"testing"

	"didops/internal/config"
)

// TestSubjectsOfAnotherIssuer holds that a subject of the issuer that counts from
// the next start signs nobody in at the one of before.
func TestSubjectsOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	with := func(issuer string, people ...config.Person) *config.Config {
		return &config.Config{Web: config.Web{Issuer: issuer}, People: people}
	}
	was := config.Person{Name: "Alice", Roles: []string{"approver"}, OIDC: config.Subject{Issuer: "https://id.example", ID: "7"}}
	other := config.Person{Name: "Bob", Roles: []string{"approver"}, OIDC: config.Subject{Issuer: "https://other.example", ID: "7"}}
	now := with("https://id.example", was)
	for name, tt := range map[string]struct {
		next *config.Config
		want []string // subjects
	}{
		"the same":                 {with("https://id.example", was), []string{"7"}},
		"another issuer":           {with("https://other.example", other), []string{""}},
		"another issuer's person":  {with("https://id.example", was, other), []string{"7", ""}},
		"no issuer any more":       {with("", config.Person{Name: "Alice"}), []string{""}},
		"nobody signs in any more": {with("https://id.example"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pagePeople(mixed(now, tt.next))
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v", got)
			}
			for i, person := range got {
				if person.Subject != tt.want[i] {
					t.Errorf("got %q for %s, want %q", person.Subject, person.Name, tt.want[i])
				}
			}
		})
	}
}
