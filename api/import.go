package api

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
)

// Media types of files and streams.
const (
	typeCSV    = "text/csv; charset=utf-8; header=present"
	typeNDJSON = "application/x-ndjson; charset=utf-8"
	typeEvents = "text/event-stream"
)

// The limits of getImports' query.
const (
	defaultImports = 50
	maxImports     = 200
)

// getImport gives one import.
func (a *API) getImport(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return reply{message: "Import retrieved successfully", data: encodeImport(im, a.config.Now())}, nil
}

// pathImport gives the import that the path names; where the path names a list
// too, it is that one's.
func (a *API) pathImport(ctx context.Context, c *call) (*rollcall.Import, error) {
	id, err := c.importID()
	if err != nil {
		return nil, err
	}
	im, err := a.config.Store.Import(ctx, c.owner(), id)
	if err != nil {
		return nil, err
	}
	if list := c.PathValue("contactListId"); list != "" && list != im.ListID {
		return nil, errNoImport
	}
	return im, nil
}

var errNoImport = rollcall.NotFound("There is no import with this id.")

// importID gives the path's id. What cannot be an id is not found without asking.
func (c *call) importID() (string, error) {
	id := c.PathValue("importId")
	if len(id) > maxID || !strings.HasPrefix(id, rollcall.PrefixImport) || strings.ContainsFunc(id, notInRequestID) {
		return "", errNoImport
	}
	return id, nil
}

// getImports gives imports, the newest first: all of the application's, or those
// into the list that the path or the query names.
func (a *API) getImports(ctx context.Context, c *call) (reply, error) {
	limit, limitErr := queryNumber(c.URL.RawQuery, "limit", defaultImports, 1, maxImports)
	filter, err := importFilterOf(c)
	if err := firstOfEach(limitErr, err); err != nil {
		return reply{}, err
	}
	if filter.ListID != "" {
		if _, err := a.config.Store.ContactList(ctx, c.owner(), filter.ListID); err != nil {
			return reply{}, err
		}
	}
	filter.Limit = int(limit)
	imports, err := a.config.Store.Imports(ctx, c.owner(), filter)
	if err != nil {
		return reply{}, err
	}
	page := importPage{Results: []wireImport{}, Limit: int(limit), HasMore: len(imports) > int(limit)}
	for _, im := range imports[:min(len(imports), int(limit))] {
		page.Results = append(page.Results, encodeImport(im, a.config.Now()))
	}
	if page.HasMore {
		page.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(imports[limit-1].Key, 10)))
	}
	return reply{message: "Imports retrieved successfully", data: page}, nil
}

func importFilterOf(c *call) (f store.ImportFilter, err error) {
	if c.PathValue("contactListId") != "" {
		f.ListID, err = c.contactListID()
	} else {
		f.ListID, _, err = queryValue(c.URL.RawQuery, "contactListId")
		if err == nil && (len(f.ListID) > maxID || strings.ContainsFunc(f.ListID, notInRequestID)) {
			err = rollcall.NotFound("There is no contact list with this id.")
		}
	}
	if err != nil {
		return f, err
	}
	state, given, err := queryValue(c.URL.RawQuery, "state")
	if err != nil {
		return f, err
	}
	states := []rollcall.ImportState{rollcall.ImportQueued, rollcall.ImportRunning, rollcall.ImportDone, rollcall.ImportFailed, rollcall.ImportCancelled}
	if f.State = rollcall.ImportState(state); given && !slices.Contains(states, f.State) {
		return f, rollcall.Invalid("query.state", "The state must be queued, running, done, failed or cancelled.")
	}
	text, _, err := queryValue(c.URL.RawQuery, "cursor")
	if err != nil || text == "" {
		return f, err
	}
	b, decodeErr := base64.RawURLEncoding.Strict().DecodeString(text)
	key, parseErr := strconv.ParseInt(string(b), 10, 64)
	if decodeErr != nil || parseErr != nil || key <= 0 {
		return f, rollcall.Invalid("query.cursor", "The cursor is not one that this call gave; begin again without it.")
	}
	f.Before = key
	return f, nil
}

// cancelImport asks an import to end. What is committed stays.
func (a *API) cancelImport(ctx context.Context, c *call) (reply, error) {
	return a.changeImport(ctx, c, "Import cancellation in progress", func(im *rollcall.Import) error { return im.RequestCancel(a.config.Now()) })
}

// undoImport asks for an import to be taken back.
func (a *API) undoImport(ctx context.Context, c *call) (reply, error) {
	return a.changeImport(ctx, c, "Import undo in progress", func(im *rollcall.Import) error { return im.RequestUndo() })
}

// changeImport changes an import under a rule, and wakes whoever is to carry it out.
func (a *API) changeImport(ctx context.Context, c *call, message string, rule func(*rollcall.Import) error) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	if im, err = a.config.Store.UpdateImport(ctx, c.owner(), im.ID, rule); err != nil {
		return reply{}, err
	}
	a.config.Wake()
	return reply{status: http.StatusAccepted, message: message, data: encodeImport(im, a.config.Now())}, nil
}

// retryImport queues an import again that failed or was cancelled.
func (a *API) retryImport(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	if im, err = a.config.Store.RetryImport(ctx, c.owner(), im.ID, a.config.Now()); err != nil {
		return reply{}, err
	}
	a.config.Wake()
	return reply{status: http.StatusAccepted, message: "Import queued", data: encodeImport(im, a.config.Now())}, nil
}

// getKeptContacts lists the contacts that an undo left as they are.
func (a *API) getKeptContacts(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	limit, limitErr := queryNumber(c.URL.RawQuery, "limit", defaultPageSize, 1, maxPageSize)
	after, cursorErr := queryCursor(c.URL.RawQuery)
	if err := firstOfEach(limitErr, cursorErr); err != nil {
		return reply{}, err
	}
	l, err := a.config.Store.ContactList(ctx, c.owner(), im.ListID)
	if err != nil {
		return reply{}, err
	}
	from := int64(0)
	if after != nil {
		if after.space != l.ContactSpace {
			return reply{}, badCursor()
		}
		from = after.seq
	}
	kept, err := a.config.Store.UndoKept(ctx, im, from, int(limit)+1)
	if err != nil {
		return reply{}, err
	}
	page := keptPage{Results: []keptContact{}, HasMore: len(kept) > int(limit)}
	for _, k := range kept[:min(len(kept), int(limit))] {
		page.Results = append(page.Results, keptContact{ContactID: rollcall.ContactID(l.ContactSpace, k.Seq), Reason: string(k.Reason)})
		if page.HasMore {
			page.NextCursor = cursor{space: l.ContactSpace, seq: k.Seq}.String()
		}
	}
	return reply{message: "Kept contacts retrieved successfully", data: page}, nil
}

// keptContact is a contact that an undo left as it is.
type keptContact struct {
	ContactID string `json:"contactId" example:"cc-3f0a1c52-7b64-8e21-8000-00000000002a"`
	Reason    string `json:"reason" enum:"changed_since,number_taken" doc:"changed_since: somebody changed it after the import. number_taken: the number that it had before belongs to another contact now."`
}

type keptPage struct {
	Results    []keptContact `json:"results" nullable:"false"`
	HasMore    bool          `json:"hasMore" example:"false"`
	NextCursor string        `json:"nextCursor,omitempty"`
}

// getImportLedger gives what became of each row, as a file.
func (a *API) getImportLedger(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	format, formatErr := ledgerFormatOf(c.URL.RawQuery)
	outcomes, outcomeErr := outcomesOf(c.URL.RawQuery)
	if err := firstOfEach(formatErr, outcomeErr); err != nil {
		return reply{}, err
	}
	contentType := map[ingest.LedgerFormat]string{ingest.LedgerCSV: typeCSV, ingest.LedgerNDJSON: typeNDJSON}[format]
	return reply{stream: func(x *exchange) error {
		return x.file(contentType, "ledger-"+im.ID, string(format), func(w io.Writer) error {
			return ingest.WriteLedger(x.connection, w, a.config.Store, im, format, outcomes)
		})
	}}, nil
}

func ledgerFormatOf(query string) (ingest.LedgerFormat, error) {
	text, given, err := queryValue(query, "format")
	switch f := ingest.LedgerFormat(text); {
	case err != nil:
		return "", err
	case !given:
		return ingest.LedgerCSV, nil
	case f == ingest.LedgerCSV || f == ingest.LedgerNDJSON:
		return f, nil
	}
	return "", rollcall.Invalid("query.format", "The format must be csv or ndjson.")
}

func outcomesOf(query string) ([]rollcall.Outcome, error) {
	values, err := queryValues(query, "outcome")
	if err != nil {
		return nil, err
	}
	var all []rollcall.Outcome
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if !slices.Contains(rollcall.Outcomes(), rollcall.Outcome(name)) {
				return nil, rollcall.Invalid("query.outcome", "The outcome must be added, updated, unchanged, duplicate, rejected or blocked; several are joined by commas.")
			}
			all = append(all, rollcall.Outcome(name))
		}
	}
	return all, nil
}

// getImportRejects gives the rejected rows as a file to mend and send again.
func (a *API) getImportRejects(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	if im.Answer == "" {
		return reply{}, rollcall.Conflict(rollcall.ReasonInvalidState, "The file was not read as rows (yet), so there are no rejects.")
	}
	return reply{stream: func(x *exchange) error {
		return x.file(typeCSV, "rejects-"+im.ID, "csv", func(w io.Writer) error { return ingest.WriteRejects(x.connection, w, a.config.Store, im) })
	}}, nil
}
