package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// workRounds bounds how often each piece of work is done: it is done on the whole
// list.
const workRounds = 3

// worker does the work of one engine, and notes how fast it was.
type worker struct {
	*bench
	*place
	file   *csvFile
	rounds int
	first  string // id of the import that filled the list
	table  *table
}

// work measures what else is done with a list and its file.
func (b *bench) work(ctx context.Context) error {
	file, err := b.csv()
	if err != nil {
		return err
	}
	t := b.table("Other work on the list", "engine|what|rows/s|seconds",
		"On the imported list and its file, whole programs and whole answers. A dry run is one into a list that is not there. The other forms of file are what the server exported of the list, and the CSV packed by gzip. The undo is done once.")
	searches := b.table("Search in the list", "engine|what|ms", "searchContacts over HTTP, 50 contacts a page, one call after the other.")
	for _, e := range engines {
		p, err := b.newPlace(ctx, e)
		if err != nil {
			return err
		}
		_, answer, err := p.runImport(ctx, file.path, listName, phoneRules[0].flags...)
		if err != nil {
			return err
		}
		w := &worker{b, p, file, min(b.rounds, workRounds), answer.ImportID, t}
		if err := w.reread(ctx); err != nil {
			return err
		}
		if err := p.served(ctx, func(i *instance) error { return w.serve(ctx, i, searches) }); err != nil {
			return err
		}
		if err := p.remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reread imports the file that the list holds once more.
func (w *worker) reread(ctx context.Context) error {
	c := w.file.counts
	updating := append([]string{"--duplicates", "update", "--again"}, phoneRules[0].flags...)
	return w.times(ctx, "import of the same file, --duplicates update", func(ctx context.Context) (importRun, error) {
		run, answer, err := w.runImport(ctx, w.file.path, listName, updating...)
		if err == nil && (answer.Added+answer.Duplicate > 0 || answer.Updated+answer.Unchanged != c.Added+c.Duplicate || answer.Rejected != c.Rejected) {
			err = fmt.Errorf("WRONG COUNTS of an update on %s: %+v", w.engine, answer)
		}
		return run, err
	})
}

// serve does what a server is needed for, and then reads its exports.
func (w *worker) serve(ctx context.Context, i *instance, searches *table) error {
	list, size, err := i.onlyList(ctx)
	if err != nil {
		return err
	}
	if err := w.search(ctx, i, list, searches); err != nil {
		return err
	}
	csv := func(ctx context.Context) (importRun, error) { return i.export(ctx, list, "csv", os.DevNull, size) }
	if err := w.times(ctx, "export, CSV", csv); err != nil {
		return err
	}
	if err := w.formats(ctx, i, list, size); err != nil {
		return err
	}
	return w.undoFirst(ctx, i)
}

// times does a piece of work in rounds.
func (w *worker) times(ctx context.Context, what string, do func(context.Context) (importRun, error)) error {
	var rate, seconds series
	for round := range w.rounds {
		tell("%s, %s, round %d of %d", what, w.engine, round+1, w.rounds)
		run, err := do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		rate, seconds = append(rate, run.rate()), append(seconds, run.seconds)
	}
	w.table.add(string(w.engine), what, rate.show(thousands), threeDigits(seconds.median()))
	return nil
}

// search looks for contacts: by their numbers, and by parts of names that many have
// and that nobody has.
func (w *worker) search(ctx context.Context, i *instance, list string, t *table) error {
	numbers := func(n int) string {
		return "phoneNumber=" + url.QueryEscape(string(w.file.numbers.spell(nil, uint64(n*n), false)))
	}
	all := []struct {
		what  string
		query func(int) string
		calls int
		least int // contacts that are found
	}{
		{"by number", numbers, 200, 1},
		{"by a part of a name that many have", func(int) string { return "search=walcz" }, 50, 50},
		{"by a part of a name that nobody has: the whole list is read", func(int) string { return "search=qqqq" }, 3, 0},
	}
	for _, s := range all {
		var took series
		for round := range w.rounds {
			tell("search %s, %s, round %d of %d", s.what, w.engine, round+1, w.rounds)
			var calls series
			for n := range s.calls {
				d, err := i.search(ctx, list, s.query(n), s.least)
				if err != nil {
					return err
				}
				calls = append(calls, millis(d))
			}
			took = append(took, calls.median())
		}
		t.add(string(w.engine), s.what, took.show(threeDigits))
	}
	return nil
}

// search makes one search, which must find as many at least.
func (s *instance) search(ctx context.Context, list, query string, least int) (time.Duration, error) {
	answer, took, err := s.call(ctx, http.MethodGet, "/"+list+"/contacts?"+query, nil)
	if found := strings.Count(string(answer), `"_id"`); err == nil && found < least {
		err = fmt.Errorf("a search finds %d contacts, not %d", found, least)
	}
	return took, err
}

// formats exports the list in every form, and reads what was exported.
func (w *worker) formats(ctx context.Context, i *instance, list string, size int64) error {
	dry := func(path string, rows int64) func(context.Context) (importRun, error) {
		return func(ctx context.Context) (importRun, error) {
			run, _, err := w.runImport(ctx, path, "Another", append([]string{"--dry-run"}, phoneRules[0].flags...)...)
			if err == nil && run.rows != rows {
				err = fmt.Errorf("WRONG COUNTS of %s on %s: %d rows, not %d", filepath.Base(path), w.engine, run.rows, rows)
			}
			return run, err
		}
	}
	if err := w.times(ctx, "dry run, CSV", dry(w.file.path, w.file.counts.Rows)); err != nil {
		return err
	}
	packed := filepath.Join(w.dir, "contacts.csv.gz")
	if err := pack(packed, w.file.path); err != nil {
		return err
	}
	if err := w.times(ctx, "dry run, CSV packed by gzip", dry(packed, w.file.counts.Rows)); err != nil {
		return err
	}
	for _, format := range []string{"ndjson", "xlsx"} {
		path := filepath.Join(w.dir, "export."+format)
		exported := func(ctx context.Context) (importRun, error) { return i.export(ctx, list, format, path, size) }
		if err := w.times(ctx, "export, "+strings.ToUpper(format), exported); err != nil {
			return err
		}
		if err := w.times(ctx, "dry run, "+strings.ToUpper(format), dry(path, size)); err != nil {
			return err
		}
	}
	return nil
}

// export writes a list into a file.
func (s *instance) export(ctx context.Context, list, format, path string, rows int64) (run importRun, err error) {
	f, err := os.Create(path)
	if err != nil {
		return run, err
	}
	defer f.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+listsPath+"/"+list+"/export?format="+format, http.NoBody)
	if err != nil {
		return run, err
	}
	began := time.Now()
	if err := s.download(request, f); err != nil {
		return run, err
	}
	return importRun{seconds: time.Since(began).Seconds(), rows: rows}, f.Close()
}

// undoFirst takes the import back that filled the list. What the later imports
// changed is kept.
func (w *worker) undoFirst(ctx context.Context, i *instance) error {
	tell("undo, %s", w.engine)
	began := time.Now()
	if err := i.undo(ctx, w.first); err != nil {
		return err
	}
	j, err := i.await(ctx, w.first, func(j *job) bool { return j.Undo != nil && j.Undo.State != "queued" && j.Undo.State != "running" })
	if err != nil {
		return err
	}
	if j.Undo.State != "done" || j.Undo.Removed == 0 {
		return fmt.Errorf("the undo is %+v", j.Undo)
	}
	seconds := time.Since(began).Seconds()
	w.table.add(string(w.engine), "undo of the import", thousands(float64(j.Undo.Removed)/seconds), threeDigits(seconds))
	return nil
}

func pack(into, path string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.Create(into)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	if _, err := io.Copy(z, from); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}
