package discordspec

// Types of options.
const (
	subcommand    = 1
	group         = 2
	stringOption  = 3
	integerOption = 4
	numberOption  = 10
)

// options checks one level of options; parent is the type of the option that
// they are in, 0 = the command.
func options(r *report, at place, list []any, parent int64) {
	at = at.in("options")
	r.count(at, len(list), 25)
	seen := map[string]place{}
	var branches, plain, optional bool
	for i, v := range list {
		o, here := object(v), at.at(i)
		kind := kindOf(o)
		names(r, here, o)
		descriptions(r, here, o)
		r.once(seen, here.in("name"), "name", text(o["name"]))
		if kind == subcommand || kind == group {
			branches = true
			if parent == subcommand || parent == kind {
				r.add(here, "the nesting goes deeper than group and subcommand")
			}
			options(r, here, array(o["options"]), kind)
			continue
		}
		plain = true
		if parent == group {
			r.add(here, "a group has subcommands only")
		}
		if truth(o["required"]) && optional {
			r.add(here.in("required"), "a required option follows an optional one")
		}
		optional = optional || !truth(o["required"])
		option(r, here, o, kind)
	}
	if branches && plain {
		r.add(at, "subcommands and plain options exclude each other")
	}
}

// option checks a plain option.
func option(r *report, at place, o map[string]any, kind int64) {
	list := array(o["choices"])
	offers := kind == stringOption || kind == integerOption || kind == numberOption
	switch {
	case truth(o["autocomplete"]) && len(list) > 0:
		r.add(at, "autocomplete and choices exclude each other")
	case !offers && (truth(o["autocomplete"]) || len(list) > 0):
		r.add(at, "an option of this type has neither autocomplete nor choices")
	}
	if !empty(o["options"]) {
		r.add(at.in("options"), "a plain option has no options")
	}
	choices(r, at, list)
	bounds(r, at, o, "min_length", "max_length", 0, 6000)
	if kind == integerOption {
		const most = 1<<53 - 1
		bounds(r, at, o, "min_value", "max_value", -most, most)
	}
}

// choices checks the choices of an option, or suggestions.
func choices(r *report, at place, list []any) {
	at = at.in("choices")
	r.count(at, len(list), 25)
	for i, v := range list {
		c := object(v)
		r.length(at.at(i).in("name"), text(c["name"]), 1, 100)
		r.length(at.at(i).in("value"), text(c["value"]), 0, 100)
		for locale, v := range object(c["name_localizations"]) {
			r.length(at.at(i).in("name_localizations").in(locale), text(v), 1, 100)
		}
	}
}

// bounds checks two numbers of which the first must not be above the second.
func bounds(r *report, at place, m map[string]any, low, high string, least, most int64) {
	a, hasLow := number(m[low])
	b, hasHigh := number(m[high])
	within := func(name string, n int64) {
		if n < least {
			r.add(at.in(name), "%d is less than %d", n, least)
		}
		if n > most {
			r.add(at.in(name), "%d is more than %d", n, most)
		}
	}
	within(low, a)
	within(high, b)
	if hasLow && hasHigh && a > b {
		r.add(at, "%s %d is more than %s %d", low, a, high, b)
	}
}
