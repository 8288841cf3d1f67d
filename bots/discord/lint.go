package discord

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/bwmarrin/discordgo"
)

// What Discord takes.
const (
	maxCommands    = 100     // of one kind in a guild
	maxCommand     = 8000    // characters of a command in all
	maxDescription = 100     // characters of a description
	maxOptions     = 25      // options of a level, choices of an option
	maxName100     = 100     // characters of a choice's name or value
	maxInteger     = 1 << 53 // greatest integer, exclusive
	maxTitle       = 256     // characters of a title or a foot: our own measure
	maxTexts       = 4000    // characters of all texts of a message
	maxAlt         = 1024    // characters of what a picture shows
	maxCustomID    = 100     // characters of a component's id
	maxLabel       = 80      // characters of a button's label
	maxSelect      = 25      // options of a select menu
	maxInput       = 45      // characters of a modal's title and its labels
	maxInputs      = 5       // inputs of a modal
	maxCalls       = 40      // users, and roles, that a message mentions: Discord takes 100, and each takes room
)

// size returns the characters of a text as Discord's clients count them, in
// UTF-16.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut returns s in at most n characters; a text that was cut ends in "…".
func cut(s string, n int) string {
	if size(s) <= n {
		return s
	}
	used := 1
	for i, r := range s {
		if used += utf16.RuneLen(r); used > n {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// names of commands and options; Discord takes more letters, of which the
// catalogue has none.
func nameRule() *regexp.Regexp { return regexp.MustCompile(`^[-_a-z0-9]{1,32}$`) }

// lint returns every reason for which Discord would refuse a command.
func lint(c *discordgo.ApplicationCommand) error {
	total := len(c.Name) + size(c.Description)
	errs := append(lintText("/"+c.Name, c.Name, c.Description), lintLevel("/"+c.Name, c.Options, &total)...)
	if total > maxCommand {
		errs = append(errs, fmt.Errorf("/%s: %d characters in all are more than %d", c.Name, total, maxCommand))
	}
	return errors.Join(errs...)
}

func lintText(at, name, description string) []error {
	var errs []error
	if !nameRule().MatchString(name) {
		errs = append(errs, fmt.Errorf("%s: the name is not 1 to 32 of a-z, 0-9, _ and -", at))
	}
	if n := size(description); n < 1 || n > maxDescription {
		errs = append(errs, fmt.Errorf("%s: the description has %d characters, not 1 to %d", at, n, maxDescription))
	}
	return errs
}

func lintLevel(at string, options []*discordgo.ApplicationCommandOption, total *int) []error {
	var errs []error
	if len(options) > maxOptions {
		errs = append(errs, fmt.Errorf("%s: %d options are more than %d", at, len(options), maxOptions))
	}
	var names []string
	optional := false
	for _, o := range options {
		here := at + " " + o.Name
		errs = append(errs, lintText(here, o.Name, o.Description)...)
		if slices.Contains(names, o.Name) {
			errs = append(errs, fmt.Errorf("%s: there are two of that name", here))
		}
		if o.Required && optional {
			errs = append(errs, fmt.Errorf("%s: a required option follows an optional one", here))
		}
		names, optional = append(names, o.Name), optional || !o.Required
		*total += len(o.Name) + size(o.Description)
		errs = append(errs, lintValues(here, o, total)...)
		errs = append(errs, lintLevel(here, o.Options, total)...)
	}
	return errs
}

func lintValues(at string, o *discordgo.ApplicationCommandOption, total *int) []error {
	var errs []error
	if o.Autocomplete && len(o.Choices) > 0 {
		errs = append(errs, fmt.Errorf("%s: choices and suggestions exclude each other", at))
	}
	if len(o.Choices) > maxOptions {
		errs = append(errs, fmt.Errorf("%s: %d choices are more than %d", at, len(o.Choices), maxOptions))
	}
	for _, c := range o.Choices {
		value := fmt.Sprint(c.Value)
		if size(c.Name) < 1 || size(value) > maxName100 {
			errs = append(errs, fmt.Errorf("%s: the choice %q is empty or too long", at, value))
		}
		*total += size(c.Name) + size(value)
	}
	if o.MaxValue >= maxInteger || o.MinValue != nil && *o.MinValue <= -maxInteger {
		errs = append(errs, fmt.Errorf("%s: a bound is beyond what Discord counts", at))
	}
	return errs
}
