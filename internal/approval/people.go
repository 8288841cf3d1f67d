package approval

import (
	"slices"
	"time"

	"didops/internal/identity"
)

// longest is how many persons a delegation may go through: of who is away to a
// delegate, and, where that one is away too, on to the next.
const longest = 3

// People is who is who, and who stands in for whom.
type People []identity.Person

// find returns the person with a name.
func (p People) find(name string) (identity.Person, bool) {
	i := slices.IndexFunc(p, func(person identity.Person) bool { return person.Name == name })
	if i < 0 || name == "" {
		return identity.Person{}, false
	}
	return p[i], true
}

// StandIns returns the names of those who count for a person at a moment,
// because it is away: its delegate and, as long as each is away as well, theirs.
func (p People) StandIns(name string, at time.Time) []string {
	var list []string
	for range longest {
		person, ok := p.find(name)
		if !ok || person.Delegate == "" || !person.AwayAt(at) || slices.Contains(list, person.Delegate) {
			break
		}
		name = person.Delegate
		list = append(list, name)
	}
	return list
}

// StandsFor returns the names of those for whom a person counts at a moment,
// itself first. One without a name counts for nobody else.
func (p People) StandsFor(name string, at time.Time) []string {
	list := []string{name}
	for _, person := range p {
		if name != "" && person.Name != name && slices.Contains(p.StandIns(person.Name, at), name) {
			list = append(list, person.Name)
		}
	}
	return list
}

// RolesOf returns the names of the roles that a person has by [[people]].
func (p People) RolesOf(name string) []string {
	person, _ := p.find(name)
	return person.Roles
}
