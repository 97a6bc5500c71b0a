# make demo     grade the bundled example submissions, numpy first, then torch; build an exam for three students
# make test     the whole test suite, the real sandbox included
# make lint     ruff, mypy --strict, import-linter
# make bench    measure; writes bench/RESULTS.md and bench/results.json
# make gpu      measure on the GPU of this machine what docs/gpu.md promises; prints its table
# make thresholds   train the reference on five seeds; writes docs/thresholds.md (hours with cifar10)
export OMP_NUM_THREADS = 1
BIN = .venv/bin

.PHONY: install demo demo-torch demo-exam test lint bench gpu thresholds

install:
	@sh .ci/install all

# one assignment's examples: the class table, JSON and HTML
define graded
	@$(BIN)/grader grade $(1) reference/$(1)/submissions/*/* --json demo/$(1).json --html demo/$(1)
endef

demo:
	@sh .ci/install base
	@mkdir -p demo
	$(call graded,backprop)
	@echo
	@echo "One of them in full:"
	@echo
	@$(BIN)/grader grade backprop reference/backprop/submissions/wrong/tiny_net_in_rows.py
	@echo
	$(call graded,conv_arithmetic)
	@$(MAKE) --no-print-directory demo-torch demo-exam
	@echo
	@echo "Everything is in demo/: open demo/backprop/instructor/index.html for the class,"
	@echo "demo/backprop/student/ for what each student sees, demo/*.json for the results as data,"
	@echo "demo/midterm/all.pdf and demo/midterm/sheets.pdf for the exam, demo/practice.html to practise."

demo-torch:
	@sh .ci/install all
	@echo
	$(call graded,lenet)

demo-exam:
	@echo
	@$(BIN)/grader exam build question_bank/blueprints/midterm.yaml --roster question_bank/blueprints/roster.csv \
		--out demo/midterm --solutions --force
	@$(BIN)/grader exam export demo/midterm --format html
	@$(BIN)/grader exam export demo/midterm --format moodle --out demo/midterm/moodle.xml
	@$(BIN)/grader exam practice conv-arith --html demo/practice.html

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m bench

gpu: install
	$(BIN)/python -m pytest -q -m gpu tests/gpu
	$(BIN)/python -m bench.gpu

thresholds: install
	$(BIN)/python -m bench.thresholds
