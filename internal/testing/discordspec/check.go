package discordspec

// Check returns a sentence for everything that is wrong with a request, nil
// for nothing. Without document it checks the rules that need none. No
// sentence has a token in it.
func (s *Spec) Check(r Request) []string {
	q := open(r)
	if q.act.commands() {
		q.name = func(at place) string { return commandName(q.body, at) }
	}
	if s != nil {
		s.conform(q)
	}
	q.lint()
	return q.sentences()
}
