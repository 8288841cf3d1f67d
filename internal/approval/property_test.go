package approval_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/approval"
)

// needs draws what a rule, or several joined ones, need.
func needs(t *rapid.T, label string) approval.Needs {
	p := approval.Compile(configs().Draw(t, label+" rules"))
	n, _ := p.Decide(facts().Draw(t, label+" facts"))
	return n
}

func TestJoiningIsASemilattice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := needs(t, "a"), needs(t, "b"), needs(t, "c")
		if got, want := a.Join(b), b.Join(a); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v one way, %+v the other", got, want)
		}
		if got, want := a.Join(b).Join(c), a.Join(b.Join(c)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v joined from the left, %+v from the right", got, want)
		}
		if got := a.Join(a); !reflect.DeepEqual(got, a) {
			t.Fatalf("got %+v joined with itself, want %+v", got, a)
		}
	})
}

func TestAJoinIsNeverLaxer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := needs(t, "a"), needs(t, "b")
		both := a.Join(b)
		given := approvals().Draw(t, "approvals")
		q := approval.Request{Person: "Carol", At: noon()}
		if !both.Judge(given, q, people()).Enough() {
			return
		}
		for _, part := range []approval.Needs{a, b} {
			if v := part.Judge(given, q, people()); !v.Enough() {
				t.Fatalf("%+v are enough for %+v, and not for its part %+v: %s", given, both, part, v)
			}
		}
		for _, r := range []approval.Relation{approval.Compare(a, both), approval.Compare(b, both)} {
			if r == approval.Laxer || r == approval.Mixed {
				t.Fatalf("got a join that is %s than a part of it", r)
			}
		}
	})
}

func TestTheOrderOfLinesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, f := approval.Compile(configs().Draw(t, "rules")), facts().Draw(t, "facts")
		want, _ := p.Decide(f)
		f.Lines = rapid.Permutation(f.Lines).Draw(t, "lines")
		if got, _ := p.Decide(f); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// TestALineNeverMakesItLaxer adds a line to an order whose amounts stay: what
// those do is for the rules to say.
func TestALineNeverMakesItLaxer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, f := approval.Compile(configs().Draw(t, "rules")), facts().Draw(t, "facts")
		before, _ := p.Decide(f)
		f.Lines = append(f.Lines, lines().Draw(t, "line"))
		after, _ := p.Decide(f)
		if !reflect.DeepEqual(before.Join(after), after) {
			t.Fatalf("got %+v with a line more, and %+v before", after, before)
		}
	})
}

// TestARuleThatIsCoveredIsNeverReached holds what is refused at the start
// against what rules do.
func TestARuleThatIsCoveredIsNeverReached(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "rules")
		covered := map[string]bool{}
		for i := range c.Rules {
			c.Rules[i].Name = string(rune('a' + i))
		}
		for _, problem := range approval.Check(c) {
			for i := range c.Rules {
				if problem.Key == approval.RuleKey(i, "name") {
					covered[c.Rules[i].Name] = true
				}
			}
		}
		_, why := approval.Compile(c).Decide(facts().Draw(t, "facts"))
		for _, w := range why {
			if w.Fits && covered[w.Rule] {
				t.Fatalf("rule %q fits, and was said to be never reached", w.Rule)
			}
		}
	})
}

func TestComparingIsWhatJoiningSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := needs(t, "a"), needs(t, "b")
		if got := approval.Compare(a, a); got != approval.Same {
			t.Fatalf("got %s with itself", got)
		}
		mirrored := map[approval.Relation]approval.Relation{
			approval.Same: approval.Same, approval.Stricter: approval.Laxer, approval.Laxer: approval.Stricter, approval.Mixed: approval.Mixed,
		}
		if got, back := approval.Compare(a, b), approval.Compare(b, a); !a.Refused() && !b.Refused() && mirrored[got] != back {
			t.Fatalf("got %s one way and %s the other", got, back)
		}
	})
}
