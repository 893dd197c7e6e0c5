package api

import (
	"context"
	"fmt"
	"strings"

	"rollcall"
)

// newEntry is the body of the calls that make a flow, a queue or a template.
type newEntry struct {
	Name string `json:"name" minLength:"1" maxLength:"128" example:"Reminder" doc:"1 to 128 characters, unique among its kind in the application whatever its case."`
}

// registryEntry is a flow, a queue or a template on the wire.
type registryEntry struct {
	ID        string    `json:"id" example:"cf-7d4a1c52-7b64-4e21-8000-00000000002a"`
	Name      string    `json:"name" example:"Reminder"`
	CreatedBy string    `json:"createdBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"`
	CreatedAt timestamp `json:"createdAt"`
}

func wireEntryOf(e *rollcall.RegistryEntry) registryEntry {
	return registryEntry{ID: e.ID, Name: e.Name, CreatedBy: e.CreatedBy, CreatedAt: timestamp(e.CreatedAt)}
}

// title is a kind's noun as a sentence begins with it.
func title(kind rollcall.RegistryKind) string {
	noun := kind.Noun()
	return strings.ToUpper(noun[:1]) + noun[1:]
}

type entryHandler = func(*API, context.Context, *call) (reply, error)

// createEntry makes one of a kind.
func createEntry(kind rollcall.RegistryKind) entryHandler {
	return func(a *API, ctx context.Context, c *call) (reply, error) {
		var body newEntry
		if err := c.readInto(&body); err != nil {
			return reply{}, err
		}
		e, err := rollcall.NewRegistryEntry(kind, body.Name, c.owner(), c.user(), a.config.Now())
		if err == nil {
			err = a.config.Store.CreateRegistryEntry(ctx, e)
		}
		if err != nil {
			return reply{}, within("body", err)
		}
		return reply{message: fmt.Sprintf("%s %s created successfully", title(kind), e.Name), data: wireEntryOf(e)}, nil
	}
}

// getEntries gives all of a kind.
func getEntries(kind rollcall.RegistryKind) entryHandler {
	return func(a *API, ctx context.Context, c *call) (reply, error) {
		found, err := a.config.Store.RegistryEntries(ctx, c.owner(), kind)
		if err != nil {
			return reply{}, err
		}
		data := make([]registryEntry, len(found))
		for i := range found {
			data[i] = wireEntryOf(&found[i])
		}
		return reply{data: data}, nil
	}
}

// deleteEntry deletes one of a kind that no campaign names.
func deleteEntry(kind rollcall.RegistryKind) entryHandler {
	return func(a *API, ctx context.Context, c *call) (reply, error) {
		id := c.PathValue("entryId")
		if len(id) > maxID || !strings.HasPrefix(id, kind.Prefix()) || strings.ContainsFunc(id, notInRequestID) {
			return reply{}, rollcall.NotFound("There is no " + kind.Noun() + " with this id.")
		}
		gone, err := a.config.Store.DeleteRegistryEntry(ctx, c.owner(), kind, id)
		if err != nil {
			return reply{}, err
		}
		return reply{message: fmt.Sprintf("%s %s deleted successfully", title(kind), gone.Name), data: wireEntryOf(&gone)}, nil
	}
}
