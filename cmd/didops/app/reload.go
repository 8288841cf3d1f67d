package app

import (
	"context"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"didops/bots/discord"
	"didops/internal/config"
)

// change prepares a part of what is served for another configuration, and
// returns what puts it into force. Its error refuses the whole configuration.
type change func(*config.Config) (apply func(), err error)

// reloads reads the configuration again at every signal, until ctx ends.
func (a *app) reloads(ctx context.Context, changes []change) error {
	if a.hangups == nil {
		return nil
	}
	signals, stop := a.hangups()
	defer stop()
	started, err := a.config()
	last := started
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-signals:
		}
		next, err := a.reload(changes)
		if log := a.log(); err != nil {
			log.Error().Err(err).Msg("the configuration was not taken over: everything stays as it was")
		} else {
			report(log, started, last, next)
			last = next
		}
	}
	return err
}

// reload puts a new configuration into force, or nothing of it.
func (a *app) reload(changes []change) (*config.Config, error) {
	next, err := a.load()
	if err != nil {
		return nil, err
	}
	if err := servable(next); err != nil {
		return nil, err
	}
	applies := []func(){func() { a.active.Store(mixed(a.active.Load(), next)) }}
	for _, prepare := range changes {
		apply, err := prepare(next)
		if err != nil {
			return nil, err
		}
		applies = append(applies, apply)
	}
	for _, apply := range applies {
		apply()
	}
	return next, nil
}

// mixed is the configuration in force with the replaceable settings of the
// next one.
func mixed(now, next *config.Config) *config.Config {
	c := *now
	c.Limits, c.Approval, c.People, c.Roles = next.Limits, next.Approval, next.People, next.Roles
	c.HTTP.Clients, c.HTTP.Calendars = next.HTTP.Clients, next.HTTP.Calendars
	c.Discord.ReaderRoles, c.Discord.RequesterRoles = next.Discord.ReaderRoles, next.Discord.RequesterRoles
	c.Discord.ApproverRoles, c.Discord.NotifyRoles = next.Discord.ApproverRoles, next.Discord.NotifyRoles
	return &c
}

// replaceable reports whether [mixed] takes a setting over. The others are
// those of the start.
func replaceable(key string) bool {
	switch key {
	case "people", "roles", "http.clients", "http.calendars", "discord.reader_roles", "discord.requester_roles", "discord.approver_roles", "discord.notify_roles":
		return true
	}
	return strings.HasPrefix(key, "limits.") || strings.HasPrefix(key, "approval.")
}

func fixed(key string) bool { return !replaceable(key) }

// report says in the log what was taken over, and what waits for the next
// start.
func report(log zerolog.Logger, started, last, next *config.Config) {
	for _, w := range next.Warnings {
		log.Warn().Msg(w)
	}
	log.Info().Strs("changed", slices.DeleteFunc(last.Differences(next), fixed)).Msg("the configuration was read again")
	waiting := slices.DeleteFunc(started.Differences(next), replaceable)
	if len(waiting) > 0 {
		log.Warn().Strs("settings", waiting).Msg("these settings count from the next start only")
	}
}

// roles are what members of a Discord server may do at the moment.
func (a *app) roles() discord.Roles {
	c := a.active.Load()
	d, groups := c.Discord, map[string][]string{}
	for _, role := range c.Roles {
		for _, id := range role.Discord {
			groups[id] = append(groups[id], role.Name)
		}
	}
	return discord.Roles{Readers: d.ReaderRoles, Requesters: d.RequesterRoles, Approvers: d.ApproverRoles, Called: d.NotifyRoles, Groups: groups}
}
