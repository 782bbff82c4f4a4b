"""The phone in the browser: a page on which you write as a customer. Its files are in `static/`."""

from webhook.simulator.page.routes import page_routes, the_page, wants_the_page

__all__ = ["page_routes", "the_page", "wants_the_page"]
